import { isAcknowledged } from "../../domain/acknowledge.ts";
import type { Labels } from "../../domain/alert.ts";
import { hasTerms, termsOf } from "../../domain/summary.ts";
import { matchesAll } from "../../domain/matcher.ts";
import { labelsIn } from "../../domain/record.ts";
import { findOpen, openWith } from "./find_open.ts";
import type { Records } from "../../store/records.ts";
import type { StoreReader } from "../../store/reader.ts";
import { type Incident, notifiedGroups } from "../../domain/incident.ts";
import { newestIncidents } from "./newest.ts";
import { titleKey, type WantedIncidents } from "./wanted.ts";

/** The result of a search. */
export interface FoundIncidents {
  /** The newest first. */
  readonly incidents: readonly Incident[];
  /** The id after which to continue; `undefined` at the end. */
  readonly next?: string;
  /** Set if the time limit was reached: the search got back to this time. */
  readonly lookedBackTo?: number;
}

/**
 * Searches incidents, the newest first.
 *
 * @param options `before`: the id after which to continue · `budget`: the time limit in milliseconds; default: the
 * store's
 * @throws StoreError
 */
export async function findIncidents(
  { incidents, records, searchBudget }: Pick<StoreReader, "incidents" | "records" | "searchBudget">,
  wanted: WantedIncidents,
  { limit, before, budget = searchBudget }: { limit: number; before?: string | undefined; budget?: number },
): Promise<FoundIncidents> {
  const end = performance.now() + budget;
  const { openTable } = incidents;
  if (openTable && wanted.state === "open" && (before === undefined || before > openTable.floor)) {
    const { ids, ...more } = await findOpen({ records }, openTable, { wanted, limit, before, end });
    const held = await openWith(ids, { records });
    if ("next" in more || openTable.floor === "") return { incidents: held, ...more };
    if (held.length >= limit) return { incidents: held, next: openTable.floor };
    const older = { limit: limit - held.length, before: openTable.floor, budget: end - performance.now() };
    const rest = await findIncidents({ incidents, records, searchBudget }, wanted, older);
    return { ...rest, incidents: [...held, ...rest.incidents] };
  }
  const found: Incident[] = [];
  let last: Incident | undefined;
  for await (const some of newestIncidents(incidents, wanted.state, before)) {
    if (last && performance.now() > end) {
      return { incidents: found, next: last.id, lookedBackTo: last.openedAt };
    }
    const ids = await wantedOf(some, wanted, records);
    for (const incident of some) {
      if (found.length === limit) return { incidents: found, next: last!.id };
      last = incident;
      if (ids.has(incident.id)) found.push(incident);
    }
  }
  return { incidents: found };
}

/** The ids of the matching incidents. Labels are read from the log in one batch, for the incidents that need them. */
async function wantedOf(
  some: readonly Incident[],
  { severity, group, known, acknowledged, holder, dialect, title, matchers = [], text = "" }: WantedIncidents,
  records: Pick<Records, "alerts">,
): Promise<ReadonlySet<string>> {
  const needle = text.trim().toLowerCase();
  const terms = termsOf(text);
  const possible = some.filter((incident) =>
    (severity === undefined || incident.severity === severity) &&
    (group === undefined || notifiedGroups(incident).includes(group)) &&
    (known === undefined || incident.known === known) &&
    (acknowledged === undefined || isAcknowledged(incident) === acknowledged) &&
    (holder === undefined || incident.holder === holder) &&
    (dialect === undefined || incident.dialect === dialect) &&
    (title === undefined || titleKey(incident.title) === titleKey(title))
  );
  const says = ({ dialect, title, memo: note = "" }: Incident, labels: Labels): boolean =>
    hasTerms({ dialect, title, text: note, labels }, terms);
  const saysWithoutLabels = (incident: Incident): boolean =>
    says(incident, {}) || needle.length >= 6 && incident.fingerprint.startsWith(needle);
  const [sure, unsure] = partition(
    possible,
    (incident) => saysWithoutLabels(incident) && matchers.length === 0,
  );
  const alerts = await records.alerts(unsure.map(({ id }) => id));
  const found = unsure.filter((incident) => {
    const alert = alerts.get(incident.id);
    if (alert === undefined) return false;
    const labels = labelsIn(alert);
    return (saysWithoutLabels(incident) || says(incident, labels)) && matchesAll(matchers, labels);
  });
  return new Set([...sure, ...found].map(({ id }) => id));
}

function partition<T>(all: readonly T[], is: (one: T) => boolean): [T[], T[]] {
  const { yes = [], no = [] } = Object.groupBy(all, (one) => is(one) ? "yes" : "no");
  return [yes, no];
}
