/**
 * Counters for the ledger's sum: of what was accepted, and of what became of deliveries, hour by hour.
 *
 * The hour is that of the alert's id on both sides, so that what is routed in an hour is delivered, suppressed, dead or
 * pending in the same one, whenever that happens. Reminders are no part of it, nor is the end of flapping: they follow
 * up on an earlier notification.
 *
 * @module
 */
import { decodeTime } from "../base/ulid.ts";
import type { Delivery, LoggedAlert, Queued, Routing } from "./record.ts";
import { isFollowUp } from "./outcome.ts";
import { HOUR } from "../base/duration.ts";

/** How often something was counted, by the name of the counter: a word, a detail, and whom it is about. */
export type Tally = Readonly<Record<string, number>>;

/** Hours since the epoch, at a time in epoch milliseconds. */
export function hourOf(time: number): number {
  return Math.floor(time / HOUR);
}

/** The period of the last `count` hours, the current one included. Figures that stand side by side share one such period. */
export function lastHours(count: number, now: number): { from: number; to: number } {
  const to = hourOf(now) + 1;
  return { from: (to - count) * HOUR, to: to * HOUR };
}

/** The hour in which the alert of this id was accepted; also that of its page, or of one of its deliveries. */
export function hourOfId(id: string): number {
  return hourOf(decodeTime(id.slice(0, 26)));
}

/** One tally with another added. */
export function sumOf(a: Tally, b: Tally): Tally {
  const sum: Record<string, number> = { ...a };
  for (const name in b) sum[name] = (sum[name] ?? 0) + b[name]!;
  return sum;
}

/** Count an alert that was accepted: `accepted`, `told rule:0 ops/default`, `suppressed silence ops/default`, `routed <destination>`. */
export function countAccepted(
  tally: Record<string, number>,
  { routing }: Pick<LoggedAlert, "routing">,
): void {
  const count = (name: string): void => void (tally[name] = (tally[name] ?? 0) + 1);
  count("accepted");
  for (const { group, by, rule, outcome, destinations = [] } of routing) {
    if (outcome.kind === "suppressed") count(`suppressed ${outcome.by} ${group}`);
    else count(`${outcome.kind} ${rule === undefined ? by : `${by}:${rule}`} ${group}`);
    for (const destination of destinations) count(`routed ${destination}`);
  }
}

/** What {@linkcode countAccepted} counted under a name. */
export function readAccepted(
  name: string,
): { what: "accepted" } | { what: "routed"; destination: string } | {
  what: Routing["outcome"]["kind"];
  /** By which step or rule it was routed there; by what it was suppressed. */
  by: string;
  group: string;
} {
  const [what, by, ...rest] = name.split(" ");
  if (what === "accepted") return { what };
  if (what === "routed") return { what, destination: name.slice("routed ".length) };
  return { what: what as Routing["outcome"]["kind"], by: by!, group: rest.join(" ") };
}

/** What the deliveries of one destination and one hour came to. */
export type Done = "created" | "delivered" | "suppressed" | "dead";

/** One more, or one less, of something. */
export interface TallyChange {
  readonly hour: number;
  readonly destination: string;
  readonly what: Done;
  readonly by: 1 | -1;
}

/** What settling deliveries changes. `done`: with the entries that they were; `created`: deliveries that nobody routed. */
export function changesOf(
  done: readonly Pick<Delivery, "alert" | "destination" | "reason" | "state" | "again">[],
  created: readonly Pick<Queued, "alert" | "destination" | "reason">[],
): TallyChange[] {
  const changes: TallyChange[] = [];
  for (const { alert, destination, reason, state, again } of done) {
    if (isFollowUp(reason) || state === "pending") continue;
    const hour = hourOfId(alert);
    changes.push({ hour, destination, what: state, by: 1 });
    // It was dead when it was sent again, and was counted so all the while: see `ledger.ts`.
    if (again) changes.push({ hour, destination, what: "dead", by: -1 });
  }
  for (const { alert, destination, reason } of created) {
    if (isFollowUp(reason)) continue;
    changes.push({ hour: hourOfId(alert), destination, what: "created", by: 1 });
  }
  return changes;
}

/** What a value of the database may hold of a tally, in bytes of its JSON. */
const CELL_BYTES = 32_000;

/** A tally in pieces that fit a value of the database; at least one. */
export function pieces(tally: Tally): Tally[] {
  const all: Record<string, number>[] = [{}];
  let bytes = 0;
  for (const [name, count] of Object.entries(tally)) {
    const more = 3 * name.length + 16; // as UTF-8 a UTF-16 unit takes three bytes at most
    if (bytes > 0 && bytes + more > CELL_BYTES) {
      all.push({});
      bytes = 0;
    }
    all.at(-1)![name] = count;
    bytes += more;
  }
  return all;
}
