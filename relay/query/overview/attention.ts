import { defined } from "../../base/defined.ts";
import { aboutOf } from "../../domain/about.ts";
import { type Handling, handlingOf } from "../../domain/handling.ts";
import { notifiedGroups } from "../../domain/incident.ts";
import { formatMatcher } from "../../domain/matcher.ts";
import { labelOf } from "../../domain/alert.ts";
import { labelsIn, wholeIn } from "../../domain/record.ts";
import { SEVERITIES, type Severity } from "../../domain/severity.ts";
import type { WhereRules } from "../../domain/where.ts";
import type { OpenRow, OpenTable } from "../../store/open_table.ts";
import type { StoreReader } from "../../store/reader.ts";
import { findIncidents } from "../incident_list/find.ts";
import { quietRows } from "../incident_list/quiet_rows.ts";
import { type Quiet, quietCheck } from "../quiet.ts";
import {
  groupUnattended,
  type UnattendedGroup,
  type UnattendedGroups,
  type UnattendedIncident,
} from "./unattended.ts";

/** The maximum number of lines of each list. */
const SHOWN = { unattended: 8, taken: 5 };

/** The most open incidents that are read from a shared store. */
const MAX_READ = 2_000;

/** The time limit of the search for acknowledged incidents, in milliseconds. */
const BUDGET = 20;

/** Unacknowledged incidents with the same title. */
export interface Needing extends UnattendedGroup {
  /** The groups that were notified of the first one. */
  readonly groups: readonly string[];
  /** The object of the first one, and the beginning of its text. */
  readonly about?: string;
  readonly summary?: string;
  /** A matcher that covers all of them: their name, if the sender gave one. */
  readonly matcher?: string;
}

/** An acknowledged open incident. */
export interface Taken {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly openedAt: number;
  readonly handling: Handling;
  readonly about?: string;
}

/** The open incidents of the home page: the unacknowledged ones by title, and the newest acknowledged ones. */
export interface Attention {
  readonly needing: readonly Needing[];
  readonly others: UnattendedGroups["others"];
  /** The numbers of silenced and of inhibited unacknowledged incidents by severity, as far as they were compared. */
  readonly quiet: UnattendedGroups["quiet"];
  /** Whether there are more open incidents than were read. */
  readonly more: boolean;
  readonly taken: readonly Taken[];
}

/** The maximum length of a summary. */
const SUMMARY_CHARS = 160;

/** Reads the open incidents of the home page. @throws StoreError */
export async function readAttention(
  store: Pick<StoreReader, "incidents" | "records" | "searchBudget" | "silences" | "inhibitors">,
  { where, now }: { where: WhereRules; now: number },
): Promise<Attention> {
  const { incidents, more } = await unattendedIn(store, now);
  const { groups, others, quiet } = groupUnattended(incidents, SHOWN.unattended);
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
    const line = text.split("\n", 1)[0]!.slice(0, SUMMARY_CHARS).toWellFormed();
    return defined({
      about: about || undefined,
      summary: line !== "" && line !== title && line !== about ? line : undefined,
      matcher: labelOf(labels, "alertname") === title
        ? formatMatcher({ name: "alertname", operator: "=", value: title })
        : undefined,
    });
  };
  return {
    needing: groups.map((group) => {
      const first = firsts.get(group.first);
      return { ...group, groups: first ? notifiedGroups(first) : [], ...wordsOf(group.first) };
    }),
    others,
    quiet,
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

/** The unacknowledged open incidents; if there are too many, the newest of them. */
async function unattendedIn(
  { incidents, records, ...store }: Pick<StoreReader, "incidents" | "records" | "silences" | "inhibitors">,
  now: number,
): Promise<{ incidents: Iterable<UnattendedIncident>; more: boolean }> {
  const { openTable } = incidents;
  if (openTable) {
    const quietOf = quietRows(store, { table: openTable, now });
    return { incidents: unattendedRows(openTable, quietOf), more: openTable.floor !== "" };
  }
  const check = quietCheck(store, now);
  const open = await incidents.newest("open", MAX_READ + 1);
  const read = open.slice(0, MAX_READ).filter(({ known }) => !known);
  const alerts = check ? await records.alerts(read.map(({ id }) => id)) : new Map<string, never>();
  return {
    incidents: read.map((incident) => ({
      ...incident,
      quiet: check?.(incident.id, labelsIn(alerts.get(incident.id))),
    })),
    more: open.length > MAX_READ,
  };
}

/** The unacknowledged rows. The newest come first, because only a limited number of inhibited ones is compared. */
function* unattendedRows(
  table: OpenTable,
  quietOf: ((row: OpenRow) => Quiet | undefined) | undefined,
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
      quiet: quietOf?.(row),
    };
  }
}
