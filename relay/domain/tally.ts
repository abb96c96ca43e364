/**
 * Hourly counters for the ledger's sum: accepted alerts and the states of deliveries.
 *
 * Both sides count in the hour of the alert's id, so that a delivery routed in an hour is delivered, suppressed, dead
 * or pending in the same hour, at any time of its settlement. Reminders and ends of flapping are not counted: they
 * follow up on an earlier notification.
 *
 * @module
 */
import { decodeTime } from "../base/ulid.ts";
import { type Delivery, isFollowUp, type LoggedAlert, type Queued, type Routing } from "./record.ts";
import { HOUR, MINUTE } from "../base/duration.ts";
import { SEVERITIES, type Severity } from "./severity.ts";

/** Counts by the name of the counter: a word, a detail, and a group or destination. */
export type Tally = Readonly<Record<string, number>>;

/** Hours since the epoch, at a time in epoch milliseconds. */
export function hourOf(time: number): number {
  return Math.floor(time / HOUR);
}

/** The period of the last `count` hours, the current one included. Figures shown side by side share one such period. */
export function lastHours(count: number, now: number): { from: number; to: number } {
  const to = hourOf(now) + 1;
  return { from: (to - count) * HOUR, to: to * HOUR };
}

/** The hour in which the alert of this id was accepted; also for the id of a page or a delivery. */
export function hourOfId(id: string): number {
  return hourOf(decodeTime(id.slice(0, 26)));
}

/** The sum of two tallies. */
export function sumOf(a: Tally, b: Tally): Tally {
  const sum: Record<string, number> = { ...a };
  for (const name in b) sum[name] = (sum[name] ?? 0) + b[name]!;
  return sum;
}

/** The kind of an accepted alert in the counters; of a firing alert, its severity. */
export type AcceptedKind = Severity | "resolved" | "heartbeat";

/** All kinds, the most severe first. */
export const ACCEPTED_KINDS: readonly AcceptedKind[] = [...SEVERITIES, "resolved", "heartbeat"];

/** The length of the steps in which the kinds are counted, in milliseconds: the bars of a chart may be shorter than an hour. */
export const ACCEPTED_STEP = 5 * MINUTE;

/**
 * Count an accepted alert: `accepted`, `accepted critical 35` (its step begins at minute 35 of the hour),
 * `told rule:0 ops/default`, `suppressed silence ops/default`, `routed <destination>`.
 */
export function countAccepted(
  tally: Record<string, number>,
  { id, alert, routing }: Pick<LoggedAlert, "id" | "alert" | "routing">,
  minute: number = minuteOfId(id),
): void {
  const count = (name: string): void => void (tally[name] = (tally[name] ?? 0) + 1);
  count("accepted");
  count(`accepted ${kindOf(alert, routing)} ${minute}`);
  for (const { group, by, rule, outcome, destinations = [] } of routing) {
    if (outcome.kind === "suppressed") count(`suppressed ${outcome.by} ${group}`);
    else count(`${outcome.kind} ${rule === undefined ? by : `${by}:${rule}`} ${group}`);
    for (const destination of destinations) count(`routed ${destination}`);
  }
}

function kindOf({ status, severity }: LoggedAlert["alert"], routing: readonly Routing[]): AcceptedKind {
  const isHeartbeat = routing.some(({ outcome }) =>
    outcome.kind === "suppressed" && outcome.by === "heartbeat"
  );
  return isHeartbeat ? "heartbeat" : status === "resolved" ? "resolved" : severity;
}

/** The minute of the hour at which the step of an alert or a log page begins, by its id. */
export function minuteOfId(id: string): number {
  const inHour = decodeTime(id.slice(0, 26)) % HOUR;
  return (inHour - inHour % ACCEPTED_STEP) / MINUTE;
}

/** Parse the name of a counter of {@linkcode countAccepted}. */
export function readAccepted(
  name: string,
): { what: "accepted" } | { what: "accepted"; kind: AcceptedKind; minute: number } | {
  what: "routed";
  destination: string;
} | {
  what: Routing["outcome"]["kind"];
  /** The step or rule that routed it, or the reason of its suppression. */
  by: string;
  group: string;
} {
  const [what, by, ...rest] = name.split(" ");
  if (what === "accepted") {
    return by === undefined ? { what } : { what, kind: by as AcceptedKind, minute: Number(rest[0]) };
  }
  if (what === "routed") return { what, destination: name.slice("routed ".length) };
  return { what: what as Routing["outcome"]["kind"], by: by!, group: rest.join(" ") };
}

/** The counted events of deliveries. */
export type DeliveryEvent = "created" | "delivered" | "suppressed" | "dead";

/** A change of one counter by one. */
export interface TallyChange {
  readonly hour: number;
  readonly destination: string;
  readonly what: DeliveryEvent;
  readonly by: 1 | -1;
}

/** The changes that a settlement makes. `done`: the settled deliveries; `created`: deliveries to fallbacks. */
export function changesOf(
  done: readonly Pick<Delivery, "id" | "alert" | "destination" | "state" | "again">[],
  created: readonly Pick<Queued, "id" | "alert" | "destination">[],
): TallyChange[] {
  const changes: TallyChange[] = [];
  for (const { id, alert, destination, state, again } of done) {
    if (isFollowUp(id) || state === "pending") continue;
    const hour = hourOfId(alert);
    changes.push({ hour, destination, what: state, by: 1 });
    // A delivery that is sent again stays counted as dead until it is settled: see `ledger.ts`.
    if (again) changes.push({ hour, destination, what: "dead", by: -1 });
  }
  for (const { id, alert, destination } of created) {
    if (isFollowUp(id)) continue;
    changes.push({ hour: hourOfId(alert), destination, what: "created", by: 1 });
  }
  return changes;
}

/** Bytes of a tally's JSON in one value of the database, at most. */
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
