/**
 * Recounts the ledger from the records alone: every page of the log, each group that an alert was routed to, and each
 * delivery's record or queue entry. The tallies are only compared.
 *
 * @module
 */
import { encodeTime } from "../base/ulid.ts";
import {
  type Figures,
  hoursOf,
  increase,
  movesBetween,
  type Period,
  sumUp,
  type Waiting,
  wholeHours,
  withWaiting,
} from "./ledger.ts";
import {
  alertIdOf,
  type Delivery,
  deliveryId,
  isFollowUp,
  type LoggedAlert,
  type Queued,
} from "../domain/record.ts";
import type { IdRange, Records } from "../store/records.ts";
import { countAccepted, sumOf, type Tally } from "../domain/tally.ts";
import type { DeliveryFault, Recounted } from "./shapes/ledger.ts";

/** The most faults and differences that are named. */
const NAMED = 100;

/** The number of times that a faulty delivery is read again: it may have been settled during the read. */
const LOOKS = 3;

/** The part of a period whose records are still stored. */
export function recountable(period: Period, { now, retention }: { now: number; retention: number }): Period {
  // The oldest stored hour is incomplete.
  return wholeHours({ ...period, from: Math.max(period.from, now - retention + 3_600_000) }, {
    now,
    retention,
  });
}

/** Recounts a period of whole hours. @throws StoreError */
export async function recount(period: Period, records: Records): Promise<Recounted> {
  const before = await records.tallies(hoursOf(period));
  const counting = new Recount(records);
  let from = encodeTime(period.from);
  const end = encodeTime(period.to);
  for await (const alerts of records.log({ from, to: end })) {
    // The ranges leave no gap, so that a delivery without an alert in the log is found as well.
    const to = `${alerts.at(-1)!.id.slice(0, 26)}~`;
    await counting.add(alerts, { from, to });
    from = to;
  }
  await counting.add([], { from, to: end });
  const after = await records.tallies(hoursOf(period));
  const moves = movesBetween(before, after);
  const { figures, faults, faultCount } = counting;
  const sum = sumUp(figures, period, moves);
  const differences = differencesOf(figures, withWaiting(before, counting.waiting), moves);
  return {
    sum,
    faults,
    faultCount,
    differences: differences.slice(0, NAMED),
    agrees: faultCount === 0 && differences.length === 0 && sum.addsUp,
  };
}

class Recount {
  readonly faults: DeliveryFault[] = [];
  faultCount = 0;
  readonly waiting: Waiting = { pending: new Map(), again: new Map() };
  readonly #records: Records;
  readonly #accepted: Record<string, number> = {};
  readonly #done = new Map<string, Tally>();

  constructor(records: Records) {
    this.#records = records;
  }

  get figures(): Figures {
    return { accepted: this.#accepted, done: this.#done, pending: this.waiting.pending };
  }

  /** Counts alerts of the log, and all records and queue entries of deliveries in their range. */
  async add(alerts: readonly LoggedAlert[], range: IdRange): Promise<void> {
    const routed = new Map<string, string>();
    for (const alert of alerts) {
      countAccepted(this.#accepted, alert);
      for (const [id, destination] of routedOf(alert)) routed.set(id, destination);
    }
    // Queue entries before records: a delivery that is settled in between appears in both, never in neither.
    const entries = new Map<string, Queued>();
    for await (const entry of this.#records.waiting(range)) entries.set(entry.id, entry);
    const records = new Map<string, Delivery>();
    for await (const record of this.#records.deliveries(range)) records.set(record.id, record);
    const replaced = new Set<string>();
    for (const { instead } of [...entries.values(), ...records.values()]) {
      if (instead) replaced.add(instead.delivery);
    }
    for (const id of new Set([...routed.keys(), ...entries.keys(), ...records.keys()])) {
      const seen = { record: records.get(id), entry: entries.get(id) };
      const stored = seen.entry ?? seen.record;
      if (isFollowUp(id)) continue;
      const isCreated = !routed.has(id) && stored?.instead !== undefined;
      const destination = routed.get(id) ?? stored!.destination;
      const hasSuccessor = replaced.has(id);
      const sure = stateOf(seen, hasSuccessor);
      const { state, entry } = sure
        ? { state: sure, entry: seen.entry }
        : await this.#lookAgain(id, hasSuccessor);
      if (isCreated) this.#count(destination, "created");
      else if (!routed.has(id) && !await this.#isRouted(id)) this.#fault(id, destination, "unexpected");
      if (state === "missing" || state === "twice") this.#fault(id, destination, state);
      else if (state !== "pending") this.#count(destination, state);
      else {
        increase(this.waiting.pending, destination);
        if (entry?.again) increase(this.waiting.again, destination);
      }
    }
  }

  /** It may have been settled while the records were read. */
  async #lookAgain(
    id: string,
    hasSuccessor: boolean,
  ): Promise<{ state: State | "missing" | "twice"; entry?: Queued | undefined }> {
    let seen: StoredDelivery = { record: undefined, entry: undefined };
    for (let look = 0; look < LOOKS; look++) {
      seen = await this.#records.delivery({ id, alert: alertIdOf(id), lanes: await this.#records.lanes() });
      // Its fallback was created in the same commit as its end, perhaps after the queues were read.
      const state = stateOf(seen, hasSuccessor || await this.#hasSuccessor(id));
      if (state) return { state, entry: seen.entry };
    }
    return { state: seen.entry ? "twice" : "missing" };
  }

  async #hasSuccessor(id: string): Promise<boolean> {
    const range = { from: alertIdOf(id), to: `${alertIdOf(id)}~` };
    for await (const { instead } of this.#records.waiting(range)) if (instead?.delivery === id) return true;
    for await (const { instead } of this.#records.deliveries(range)) {
      if (instead?.delivery === id) return true;
    }
    return false;
  }

  /** Whether the log has its alert by now: another instance may write an older page late. */
  async #isRouted(id: string): Promise<boolean> {
    const page = id.slice(0, 26);
    for await (const alerts of this.#records.log({ from: page, to: `${page}~` })) {
      if (alerts.some((alert) => routedOf(alert).some(([routed]) => routed === id))) return true;
    }
    return false;
  }

  #count(destination: string, what: "created" | Exclude<State, "pending">): void {
    this.#done.set(destination, sumOf(this.#done.get(destination) ?? {}, { [what]: 1 }));
  }

  #fault(id: string, destination: string, what: DeliveryFault["what"]): void {
    this.faultCount++;
    if (this.faults.length < NAMED) this.faults.push({ id, destination, what });
  }
}

type State = Delivery["state"];

interface StoredDelivery {
  readonly record: Delivery | undefined;
  readonly entry: Queued | undefined;
}

/** The state of a delivery; `undefined` when it is not exactly one. */
function stateOf({ record, entry }: StoredDelivery, hasSuccessor: boolean): State | undefined {
  if (entry) return !record || record.state === "pending" ? "pending" : undefined;
  if (!record || record.state === "pending") return undefined;
  const needsSuccessor = record.state === "suppressed" && (record.by ?? "fallback") === "fallback";
  return needsSuccessor && !hasSuccessor ? undefined : record.state;
}

/** Delivery id → destination. */
function routedOf({ id, routing }: LoggedAlert): [string, string][] {
  return routing.flatMap(({ destinations = [] }) => destinations)
    .map((destination, number) => [deliveryId(id, number), destination]);
}

/** The tallies' counters that differ from the records by more than the changes in between. */
function differencesOf(
  figures: Figures,
  tallies: Pick<Figures, "accepted" | "done">,
  moves: ReadonlyMap<string, number>,
): string[] {
  const apart = movesBetween(tallies, figures);
  return [...apart].flatMap(([destination, count]) => {
    if (count <= (moves.get(destination) ?? 0)) return [];
    const [records, counted] = [figures, tallies].map(({ accepted, done }) => {
      const routed = accepted[`routed ${destination}`] ?? 0;
      const { created = 0, delivered = 0, suppressed = 0, dead = 0 } = done.get(destination) ?? {};
      return `${routed + created} routed, ${delivered} delivered, ${suppressed} suppressed, ${dead} dead`;
    });
    return destination === ""
      ? [`alerts and groups: ${count} apart`]
      : [`${destination}: ${records} in the records; ${counted} in the tallies`];
  });
}
