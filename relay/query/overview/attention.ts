import { defined } from "../../base/defined.ts";
import { aboutOf } from "../../domain/about.ts";
import { type Handling, handlingOf } from "../../domain/handling.ts";
import { notifiedGroups } from "../../domain/incident.ts";
import { labelOf, type Labels } from "../../domain/alert.ts";
import { labelsIn, wholeIn } from "../../domain/record.ts";
import { silenceState } from "../../domain/silence.ts";
import { SEVERITIES, type Severity } from "../../domain/severity.ts";
import type { WhereRules } from "../../domain/where.ts";
import type { OpenTable } from "../../store/open_table.ts";
import type { StoreReader } from "../../store/reader.ts";
import { findIncidents } from "../incident_list/find.ts";
import {
  groupUnattended,
  type UnattendedGroup,
  type UnattendedGroups,
  type UnattendedIncident,
} from "./unattended.ts";

/** Lines of each list. */
const SHOWN = { unattended: 8, taken: 5 };

/** At most this many open incidents are read from a shared store. */
const MAX_READ = 2_000;

/** At most this many incidents are compared with the silences: about 60 ms. */
const MAX_SILENCED = 20_000;

/** The time limit of the search for incidents that somebody has taken, in milliseconds. */
const BUDGET = 20;

/** Unacknowledged incidents of one title. */
export interface Needing extends UnattendedGroup {
  /** The groups that were notified of the first. */
  readonly groups: readonly string[];
  /** The object of the first, and the beginning of its text. */
  readonly about?: string;
  readonly summary?: string;
  /** A matcher that covers all of them: their name, if the sender gave one. */
  readonly matcher?: string;
}

/** An open incident that somebody takes care of. */
export interface Taken {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly openedAt: number;
  readonly handling: Handling;
  readonly about?: string;
}

/** What needs somebody, and what somebody has taken. */
export interface Attention {
  readonly needing: readonly Needing[];
  readonly others: UnattendedGroups["others"];
  /** Unacknowledged incidents that are silenced, by severity; of very many, those that were looked at. */
  readonly silenced: UnattendedGroups["silenced"];
  /** There are more open incidents than were read. */
  readonly more: boolean;
  readonly taken: readonly Taken[];
}

/** The length of a summary, in characters, at most. */
const SUMMARY = 160;

/** Reads what the home page lists of the open incidents. @throws StoreError */
export async function readAttention(
  store: Pick<StoreReader, "incidents" | "records" | "searchBudget" | "silences">,
  { where, now }: { where: WhereRules; now: number },
): Promise<Attention> {
  const { incidents, more } = await unattendedIn(store, now);
  const { groups, others, silenced } = groupUnattended(incidents, SHOWN.unattended);
  const firsts = await store.records.incidents(groups.map(({ first }) => first));
  const { incidents: taken } = await findIncidents(
    store,
    { state: "open", acknowledged: true },
    { limit: SHOWN.taken, budget: BUDGET },
  );
  const alerts = await store.records.alerts([
    ...groups.map(({ first }) => first),
    ...taken.map(({ id }) => id),
  ]);
  const wordsOf = (id: string): { about?: string; summary?: string; matcher?: string } => {
    const alert = wholeIn(alerts.get(id));
    if (!alert) return {};
    const { title, text, labels } = alert;
    const about = aboutOf(alert, where);
    const line = text.split("\n", 1)[0]!.slice(0, SUMMARY).toWellFormed();
    return defined({
      about: about || undefined,
      summary: line !== "" && line !== title && line !== about ? line : undefined,
      matcher: labelOf(labels, "alertname") === title ? `alertname=${JSON.stringify(title)}` : undefined,
    });
  };
  return {
    needing: groups.map((group) => {
      const first = firsts.get(group.first);
      return { ...group, groups: first ? notifiedGroups(first) : [], ...wordsOf(group.first) };
    }),
    others,
    silenced,
    more,
    taken: taken.flatMap((incident) => {
      const handling = handlingOf(incident);
      if (!handling) return [];
      const { id, title, severity, openedAt } = incident;
      const { about } = wordsOf(id);
      return [{ id, title, severity, openedAt, handling, ...defined({ about }) }];
    }),
  };
}

/** The open incidents that nobody has acknowledged; of very many, the newest. */
async function unattendedIn(
  { incidents, records, silences }: Pick<StoreReader, "incidents" | "records" | "silences">,
  now: number,
): Promise<{ incidents: Iterable<UnattendedIncident>; more: boolean }> {
  const { openTable } = incidents;
  const isAnySilent = silences.all().some((silence) => silenceState(silence, now) === "active");
  let left = isAnySilent ? MAX_SILENCED : 0;
  const isSilenced = (labels: () => Labels): boolean =>
    left-- > 0 && silences.covering(labels(), now) !== undefined;
  if (openTable) return { incidents: unattendedRows(openTable, isSilenced), more: openTable.floor !== "" };
  const open = await incidents.newest("open", MAX_READ + 1);
  const read = open.slice(0, MAX_READ).filter(({ known }) => !known);
  const alerts = isAnySilent ? await records.alerts(read.map(({ id }) => id)) : new Map<string, never>();
  return {
    incidents: read.map((incident) => ({
      ...incident,
      silenced: isSilenced(() => labelsIn(alerts.get(incident.id))),
    })),
    more: open.length > MAX_READ,
  };
}

/** The newest are looked at first: of very many, only so many are compared with the silences. */
function* unattendedRows(
  table: OpenTable,
  isSilenced: (labels: () => Labels) => boolean,
): Generator<UnattendedIncident> {
  const { rows, titles } = table;
  for (let index = rows.length - 1; index >= 0; index--) {
    const row = rows[index]!;
    if (row.known || row.removed) continue;
    const { id, title, severity, openedAt } = row;
    yield {
      id,
      title: titles.textOf(title),
      severity: SEVERITIES[severity]!,
      openedAt,
      silenced: isSilenced(() => table.labelsOf(row)),
    };
  }
}
