import type { Incident } from "../../domain/incident.ts";
import type { StoreReader } from "../../store/reader.ts";
import type { WantedIncidents } from "./wanted.ts";

/** This many incidents are read at a time. */
const STEP = 100;

/** Reads incidents in chunks, the newest first. `before`: only incidents with smaller ids. @throws StoreError */
export async function* newestIncidents(
  incidents: Pick<StoreReader["incidents"], "newest">,
  state: WantedIncidents["state"],
  before?: string,
): AsyncGenerator<Incident[]> {
  yield* inSteps(
    state === "all"
      ? merged(listing(incidents, "open", before), listing(incidents, "closed", before))
      : listing(incidents, state, before),
  );
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
  incidents: Pick<StoreReader["incidents"], "newest">,
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
