import { isAcknowledged } from "../domain/acknowledge.ts";
import type { Labels } from "../domain/alert.ts";
import { hasTerms, termsOf } from "../domain/summary.ts";
import { type Matcher, matchesAll } from "../domain/matcher.ts";
import { labelsIn } from "../domain/record.ts";
import type { Severity } from "../domain/severity.ts";
import type { Records } from "../store/records.ts";
import type { StoreReader } from "../store/reader.ts";
import { type Incident, notifiedGroups } from "../domain/incident.ts";

/** The filter of a search for incidents; an `undefined` field matches everything. */
export interface WantedIncidents {
  readonly state: "open" | "closed" | "all";
  readonly severity?: Severity | undefined;
  /** The id of a group that was notified. */
  readonly group?: string | undefined;
  /** Acknowledged or closed. */
  readonly known?: boolean | undefined;
  /** Acknowledged by a person. */
  readonly acknowledged?: boolean | undefined;
  /** The id or the name of the person who has it. */
  readonly holder?: string | undefined;
  readonly dialect?: string | undefined;
  /** Conditions on the labels of the first alert. */
  readonly matchers?: readonly Matcher[] | undefined;
  /** Terms, each in the title, the note or a label of the first alert; or the start of the fingerprint. Not case-sensitive. */
  readonly text?: string | undefined;
}

/** The result of a search. */
export interface FoundIncidents {
  /** The newest first. */
  readonly incidents: readonly Incident[];
  /** The id after which to continue; `undefined` at the end. */
  readonly next?: string;
  /** Set if the time limit was reached: the search got back to this time. */
  readonly lookedBackTo?: number;
}

/** How many incidents are read at a time. */
const STEP = 100;

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
  const found: Incident[] = [];
  const all = wanted.state === "all"
    ? merged(listing(incidents, "open", before), listing(incidents, "closed", before))
    : listing(incidents, wanted.state, before);
  let last: Incident | undefined;
  for await (const some of inSteps(all)) {
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

/** The ids of the matching incidents. Labels are in the log: they are read at once for all incidents that nothing else decides. */
async function wantedOf(
  some: readonly Incident[],
  { severity, group, known, acknowledged, holder, dialect, matchers = [], text = "" }: WantedIncidents,
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
    (dialect === undefined || incident.dialect === dialect)
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

/** Reads a list in chunks. */
async function* inSteps(incidents: AsyncIterable<Incident>): AsyncGenerator<Incident[]> {
  let some: Incident[] = [];
  for await (const incident of incidents) {
    if (some.push(incident) < STEP) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}

async function* listing(
  incidents: StoreReader["incidents"],
  state: "open" | "closed",
  before: string | undefined,
): AsyncGenerator<Incident> {
  for (let from = before;;) {
    const some = await incidents.newest(state, STEP, from);
    yield* some;
    if (some.length < STEP) return;
    from = some.at(-1)!.id;
  }
}

/** Merges two lists in order. An incident that closes meanwhile may appear in both. */
async function* merged(a: AsyncGenerator<Incident>, b: AsyncGenerator<Incident>): AsyncGenerator<Incident> {
  let [x, y] = [await a.next(), await b.next()];
  let last: string | undefined;
  while (!x.done || !y.done) {
    const fromA = !x.done && (y.done || x.value.id >= y.value.id);
    const incident: Incident = fromA ? x.value : y.value;
    if (incident.id !== last) yield incident;
    last = incident.id;
    if (fromA) x = await a.next();
    else y = await b.next();
  }
}
