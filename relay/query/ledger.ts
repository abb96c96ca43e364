/**
 * The ledger: for every accepted alert and every destination that it was routed to, exactly one of delivered,
 * suppressed, pending and dead. The sum comes from the tallies, which were written with the facts themselves, and
 * from the queues' pending deliveries; `recount.ts` recounts it from the records alone.
 *
 * @module
 */
import type { Records } from "../store/records.ts";
import type { PeriodTally } from "../store/tallies.ts";
import { type DeliveryEvent, hourOf, hourOfId, readAccepted, type Tally } from "../domain/tally.ts";
import { isFollowUp } from "../domain/record.ts";
import { HOUR } from "../base/duration.ts";
import type { DeliveryCount, NotificationTotals, Sum } from "./shapes/ledger.ts";

/** A period in epoch milliseconds; `to` is excluded. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** The figures of a period, from the tallies or recounted. */
export interface Figures extends PeriodTally {
  /** Pending deliveries, by destination. */
  readonly pending: ReadonlyMap<string, number>;
}

/** The number of repeats of a count whose figures changed meanwhile. */
const TRIES = 3;

/** A count that takes longer, in milliseconds, is not repeated: the figures would change during the next one as well. */
const SHORT = 30;

/** Rounds a period to whole hours, as far back as tallies are stored. */
export function wholeHours(
  { from, to }: Period,
  { now, retention }: { now: number; retention: number },
): Period {
  const start = Math.max(from, now - retention);
  return { from: hourOf(start) * HOUR, to: Math.max(hourOf(start) * HOUR, Math.ceil(to / HOUR) * HOUR) };
}

/** The period in hours since the epoch. */
export function hoursOf({ from, to }: Period): Period {
  return { from: hourOf(from), to: hourOf(to) };
}

/** Sums up a period of whole hours. @throws StoreError */
export async function sum(period: Period, records: Records): Promise<Sum> {
  const hours = hoursOf(period);
  let before = await records.tallies(hours);
  for (let tries = 1;; tries++) {
    const began = performance.now();
    const waiting = await countWaiting(hours, records);
    const after = await records.tallies(hours);
    const moves = movesBetween(before, after);
    const isLast = tries === TRIES || performance.now() - began > SHORT;
    if (moves.size === 0 || isLast) return sumUp(withWaiting(before, waiting), period, moves);
    before = after;
  }
}

/** The pending deliveries of a period, by destination. `again`: those of them that the tallies still count as dead. */
export interface Waiting {
  readonly pending: Map<string, number>;
  readonly again: Map<string, number>;
}

async function countWaiting({ from, to }: Period, records: Records): Promise<Waiting> {
  const waiting: Waiting = { pending: new Map(), again: new Map() };
  for await (const entries of records.allWaiting()) {
    for (const { id, alert, destination, again } of entries) {
      const hour = hourOfId(alert);
      if (isFollowUp(id) || hour < from || hour >= to) continue;
      increase(waiting.pending, destination);
      if (again) increase(waiting.again, destination);
    }
  }
  return waiting;
}

/** Adds the pending deliveries. The tallies count a delivery that was sent again as dead until it is settled again. */
export function withWaiting({ accepted, done }: PeriodTally, { pending, again }: Waiting): Figures {
  const corrected = new Map(done);
  for (const [destination, count] of again) {
    const tally = corrected.get(destination) ?? {};
    corrected.set(destination, { ...tally, dead: (tally.dead ?? 0) - count });
  }
  return { accepted, done: corrected, pending };
}

/** The change of each destination's figures between two readings; `""`: the figures of groups. */
export function movesBetween(before: PeriodTally, after: PeriodTally): Map<string, number> {
  const moves = new Map<string, number>();
  const compare = (a: Tally, b: Tally, ownerOf: (name: string) => string | undefined): void => {
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const apart = Math.abs((a[name] ?? 0) - (b[name] ?? 0));
      const owner = apart > 0 ? ownerOf(name) : undefined;
      if (owner !== undefined) moves.set(owner, (moves.get(owner) ?? 0) + apart);
    }
  };
  compare(before.accepted, after.accepted, (name) => {
    const read = readAccepted(name);
    if ("kind" in read) return undefined; // `accepted` includes it; earlier versions did not count it
    return read.what === "routed" ? read.destination : "";
  });
  for (const destination of new Set([...before.done.keys(), ...after.done.keys()])) {
    compare(before.done.get(destination) ?? {}, after.done.get(destination) ?? {}, () => destination);
  }
  return moves;
}

/** Computes the sum of figures. `moves`: the difference that is allowed because figures changed meanwhile. */
export function sumUp(
  { accepted, done, pending }: Figures,
  period: Period,
  moves: ReadonlyMap<string, number> = new Map(),
): Sum {
  const groups: Record<string, { told: number; folded: number; suppressed: Record<string, number> }> = {};
  const foldedBy: Record<string, number> = {};
  let drills = 0;
  const routed = new Map<string, number>();
  for (const [name, count] of Object.entries(accepted)) {
    const read = readAccepted(name);
    if (read.what === "accepted") continue;
    if (read.what === "routed") {
      routed.set(read.destination, count);
      continue;
    }
    const { what, by, group } = read;
    const totals = groups[group] ??= { told: 0, folded: 0, suppressed: {} };
    if (what === "suppressed") totals.suppressed[by] = (totals.suppressed[by] ?? 0) + count;
    else totals[what] += count;
    if (what === "told" && by === "drill") drills += count;
    if (what === "folded") foldedBy[`${by} ${group}`] = count;
  }
  const destinations: Record<string, DeliveryCount> = {};
  for (const destination of [...new Set([...routed.keys(), ...done.keys(), ...pending.keys()])].sort()) {
    const of = (what: DeliveryEvent): number => done.get(destination)?.[what] ?? 0;
    destinations[destination] = {
      routed: (routed.get(destination) ?? 0) + of("created"),
      delivered: of("delivered"),
      suppressed: of("suppressed"),
      pending: pending.get(destination) ?? 0,
      dead: of("dead"),
    };
  }
  const wrong = Object.entries(destinations)
    .filter(([destination, count]) => Math.abs(openIn(count)) > (moves.get(destination) ?? 0))
    .map(([destination]) => destination);
  return {
    ...period,
    accepted: accepted.accepted ?? 0,
    heard: Object.values(groups).reduce<NotificationTotals>(
      (all, { told, folded, suppressed }) => ({
        told: all.told + told,
        folded: all.folded + folded,
        suppressed: added(all.suppressed, suppressed),
      }),
      { told: 0, folded: 0, suppressed: {} },
    ),
    drills,
    groups,
    foldedBy,
    destinations,
    total: Object.values(destinations).reduce(added, {
      routed: 0,
      delivered: 0,
      suppressed: 0,
      pending: 0,
      dead: 0,
    }),
    moved: [...moves.values()].reduce((all, count) => all + count, 0),
    wrong,
    addsUp: wrong.length === 0,
  };
}

/** The number of deliveries without a state; negative if some are counted twice. */
function openIn({ routed, delivered, suppressed, pending, dead }: DeliveryCount): number {
  return routed - delivered - suppressed - pending - dead;
}

function added<T extends Readonly<Record<keyof T, number>>>(a: T, b: T): T {
  const sum = { ...a } as Record<string, number>;
  for (const [name, count] of Object.entries<number>(b)) sum[name] = (sum[name] ?? 0) + count;
  return sum as T;
}

/** Increases a count by one. */
export function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
