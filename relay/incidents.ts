import { labelsIn } from "./record.ts";
import type { Severity } from "./severity.ts";
import type { Journal } from "./store/journal.ts";
import type { Store } from "./store/store.ts";
import { groupsTold, type Incident } from "./window.ts";

/** Which incidents are looked for; what is `undefined` does not matter. */
export interface WantedIncidents {
  readonly state: "open" | "closed" | "all";
  readonly severity?: Severity | undefined;
  /** The id of a group that was told. */
  readonly group?: string | undefined;
  readonly known?: boolean | undefined;
  readonly dialect?: string | undefined;
  /** In the title, the memo, or a label of the first alert, or how the fingerprint begins; capitals do not matter. */
  readonly text?: string | undefined;
}

/** What a search found. */
export interface FoundIncidents {
  /** The newest first. */
  readonly incidents: readonly Incident[];
  /** Where to go on: the id of the last one that was looked at; `undefined` when that was all. */
  readonly next?: string;
  /** The search ended because its time was over: how far back it has looked. */
  readonly lookedBackTo?: number;
}

/** Incidents that are read at a time. */
const STEP = 100;

/**
 * Look for incidents, the newest first.
 *
 * @param options `before`: the id of the incident to go on after · `budget`: milliseconds after which the search stops;
 * the store's, unless it says otherwise
 * @throws StoreError
 */
export async function findIncidents(
  { journal, searchBudget }: Pick<Store, "journal" | "searchBudget">,
  wanted: WantedIncidents,
  { limit, before, budget = searchBudget }: { limit: number; before?: string | undefined; budget?: number },
): Promise<FoundIncidents> {
  const end = performance.now() + budget;
  const found: Incident[] = [];
  const all = wanted.state === "all"
    ? merged(listing(journal, "open", before), listing(journal, "closed", before))
    : listing(journal, wanted.state, before);
  let last: Incident | undefined;
  for await (const incident of all) {
    if (found.length === limit) return { incidents: found, next: last!.id };
    if (last && performance.now() > end) {
      return { incidents: found, next: last.id, lookedBackTo: last.openedAt };
    }
    last = incident;
    if (await isWanted(incident, wanted, journal)) found.push(incident);
  }
  return { incidents: found };
}

async function isWanted(incident: Incident, wanted: WantedIncidents, journal: Journal): Promise<boolean> {
  const { severity, group, known, dialect, text = "" } = wanted;
  if (severity !== undefined && incident.severity !== severity) return false;
  if (group !== undefined && !groupsTold(incident).includes(group)) return false;
  if (known !== undefined && incident.known !== known) return false;
  if (dialect !== undefined && incident.dialect !== dialect) return false;
  const needle = text.trim().toLowerCase();
  const contains = (texts: readonly string[]): boolean =>
    texts.some((text) => text.toLowerCase().includes(needle));
  if (contains([incident.title, incident.memo ?? ""])) return true;
  if (needle.length >= 6 && incident.fingerprint.startsWith(needle)) return true;
  return contains(Object.values(labelsIn(await journal.alert(incident.id))));
}

async function* listing(
  journal: Journal,
  state: "open" | "closed",
  before: string | undefined,
): AsyncGenerator<Incident> {
  for (let from = before;;) {
    const some = await journal.incidents(state, STEP, from);
    yield* some;
    if (some.length < STEP) return;
    from = some.at(-1)!.id;
  }
}

/** Two lists in one order. One that ends while they are read may stand in both. */
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
