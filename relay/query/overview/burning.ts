import { defined } from "../../base/defined.ts";
import { handlingOf } from "../../domain/handling.ts";
import { SEVERITIES, type Severity } from "../../domain/severity.ts";
import { type BySeverity, OpenTally } from "../../store/open_tally.ts";
import type { StoreReader } from "../../store/reader.ts";
import type { Incident } from "../../domain/incident.ts";
import type { Burning } from "../shapes/overview.ts";

/** The most incidents that are shown by name, and the most groups. */
const SHOWN = 10;

/** The most open incidents that are read from a shared store. */
const READ = 2_000;

/** The open incidents, summarised. @throws StoreError */
export async function findBurning(store: Pick<StoreReader, "incidents" | "records">): Promise<Burning> {
  const { openTally } = store.incidents;
  return openTally ? await burningCounted(store, openTally) : await burningShared(store);
}

/** The open incidents, from the tally of the only writer. */
async function burningCounted(
  { incidents, records }: Pick<StoreReader, "incidents" | "records">,
  openTally: OpenTally,
): Promise<Burning> {
  const newest = await worstOf(openTally, (severity) => incidents.open((one) => one.severity === severity));
  const stored = await records.incidents(newest.map(({ id }) => id));
  const worst = newest.flatMap(({ severity, id }) => {
    const incident = stored.get(id);
    if (incident?.closedAt === null) return [incident];
    openTally.forget(severity, id);
    return [];
  });
  return summedUp(openTally, { worst, more: false });
}

/** The open incidents of a shared store; if there are very many, the newest are read. */
async function burningShared({ incidents }: Pick<StoreReader, "incidents">): Promise<Burning> {
  const open = await incidents.newest("open", READ + 1);
  return await burningOf(open.slice(0, READ), { more: open.length > READ });
}

/** Summarises incidents. `more`: others are open as well. */
export async function burningOf(
  incidents: readonly Incident[],
  { more }: { more: boolean },
): Promise<Burning> {
  const tally = new OpenTally();
  for (const incident of incidents) tally.changed(undefined, incident);
  const byId = new Map(incidents.map((incident) => [incident.id, incident]));
  const of = (severity: Severity): Promise<Incident[]> =>
    Promise.resolve(incidents.filter((incident) => incident.severity === severity));
  const worst = (await worstOf(tally, of)).map(({ id }) => byId.get(id)!);
  return summedUp(tally, { worst, more });
}

/** The worst open incidents; of equal severity, the newest first. `all`: every incident of a severity. */
async function worstOf(
  tally: OpenTally,
  all: (severity: Severity) => Promise<Incident[]>,
): Promise<{ severity: Severity; id: string }[]> {
  const worst: { severity: Severity; id: string }[] = [];
  for (const severity of SEVERITIES) {
    const wanted = SHOWN - worst.length;
    let ids = tally.newest(severity, wanted);
    if (!ids) {
      tally.learn(severity, (await all(severity)).map(({ id }) => id));
      ids = tally.newest(severity, wanted) ?? [];
    }
    worst.push(...ids.map((id) => ({ severity, id })));
  }
  return worst;
}

function summedUp(
  { severities, unacknowledged, groups, known }: Pick<
    OpenTally,
    "severities" | "unacknowledged" | "groups" | "known"
  >,
  { worst, more }: { worst: readonly Incident[]; more: boolean },
): Burning {
  return {
    total: SEVERITIES.reduce((sum, severity) => sum + severities[severity], 0),
    more,
    known,
    severities: { ...severities },
    unacknowledged: { ...unacknowledged },
    groups: [...groups].map(([group, severities]) => ({ group, severities: { ...severities } }))
      .sort((a, b) => mostUrgentFirst(a, b) || (a.group < b.group ? -1 : 1)).slice(0, SHOWN),
    worst: worst.map((incident) => {
      const { id, title, severity, openedAt, lastAt, count, known, windows } = incident;
      const groups = Object.keys(windows);
      const handling = handlingOf(incident);
      return { id, title, severity, openedAt, lastAt, count, known, groups, ...defined({ handling }) };
    }),
  };
}

function mostUrgentFirst(a: { severities: BySeverity }, b: { severities: BySeverity }): number {
  const differs = SEVERITIES.find((severity) => a.severities[severity] !== b.severities[severity]);
  return differs === undefined ? 0 : b.severities[differs] - a.severities[differs];
}
