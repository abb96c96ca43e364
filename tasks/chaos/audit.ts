/**
 * The promises that a chaos run checks, each a pure function of the notes of the senders and the vendors.
 *
 * @module
 */
import { type Acceptance, fingerprintOf, keyOf, type Notified, rankOf, type State } from "./account.ts";
import type { RobotCall } from "./vendors.ts";

/** A broken promise, and the alert that shows it. */
export interface Broken {
  /** The promise. */
  readonly promise: string;
  /** The observation, as a sentence. */
  readonly seen: string;
  /** The fingerprint of the alert, or the id of its record. */
  readonly alert?: string | undefined;
  /** The begin of the alert's timeline, in epoch milliseconds. */
  readonly at?: number | undefined;
}

/** A possible cause of a message that was sent twice: its begin and end, in epoch milliseconds. */
export interface Disturbance {
  readonly from: number;
  readonly to: number;
}

/** The states that were answered 200 and that no sink received. */
export function missing(accepted: Iterable<Acceptance>, notified: readonly Notified[]): Acceptance[] {
  const stored = new Set(notified.map((one) => keyAt(one)));
  // A resolved alert is notified only after its firing: if the firing was given up, there may be nothing to resolve.
  const all = [...accepted];
  const fired = new Map(
    all.filter(({ state }) => state.status === "firing").map((one) => [keyOf(one.state), one]),
  );
  return all.filter(({ state, sink, at }) => {
    if (stored.has(keyAt({ ...state, sink }))) return false;
    const firing = fired.get(keyOf({ ...state, status: "firing" }));
    return firing !== undefined && firing.at <= at;
  });
}

/** No accepted state is missing. */
export function missingPromise(accepted: Iterable<Acceptance>, notified: readonly Notified[]): Broken[] {
  return missing(accepted, notified).map(({ state, sink, at, relay }) => ({
    promise: "what is answered 200 reaches its receiver",
    seen: `${keyOf(state)} was answered 200 by ${relay} at ${time(at)}, and ${sink} never received it`,
    alert: fingerprintIn(state.incident, sink),
    at,
  }));
}

/** The time in which a thawed process finishes a send that it had begun, in milliseconds. */
const THAWS_WITHIN = 500;

/**
 * No older state of an incident after a newer one, and no resolved without its firing.
 *
 * @param thaws The times at which frozen relays continued, in epoch milliseconds. Such a process finishes a send that
 * it had begun, even if another relay holds the lane by now: the first such message breaks no promise, because
 * nothing could have stopped it.
 */
export function orderPromise(notified: readonly Notified[], thaws: readonly number[] = []): Broken[] {
  const newest = new Map<string, Notified>();
  const seen = new Set<string>();
  const broken: Broken[] = [];
  const excuses = new Set(thaws);
  const isExcused = ({ at }: Notified): boolean => {
    const thaw = [...excuses].find((thaw) => thaw <= at && at <= thaw + THAWS_WITHIN);
    return thaw !== undefined && excuses.delete(thaw);
  };
  for (const one of notified) {
    const incident = `${one.sink} ${one.incident}`;
    const before = newest.get(incident);
    const about = { alert: one.fingerprint, at: one.at };
    if (before === undefined || rankOf(before) <= rankOf(one)) newest.set(incident, one);
    else if (!isExcused(one)) {
      broken.push({
        ...about,
        promise: "the states of an incident arrive in their order",
        seen: `${one.sink} received ${keyOf(one)} at ${time(one.at)} after ${keyOf(before)} at ${
          time(before.at)
        }`,
      });
    }
    seen.add(keyAt(one));
    if (one.status === "resolved" && !seen.has(keyAt({ ...one, status: "firing" }))) {
      broken.push({
        ...about,
        promise: "an incident is resolved after it has fired",
        seen: `${one.sink} received ${keyOf(one)} at ${time(one.at)}, and its firing not before`,
      });
    }
  }
  return broken;
}

/** Repeats of senders are deduplicated: a state is notified as one alert. */
export function oncePromise(notified: readonly Notified[]): Broken[] {
  const first = new Map<string, Notified>();
  const broken: Broken[] = [];
  for (const one of notified) {
    const before = first.get(keyAt(one));
    if (before === undefined) first.set(keyAt(one), one);
    else if (before.alert !== one.alert) {
      broken.push({
        promise: "an alert that is sent again is a duplicate",
        seen:
          `${one.sink} was notified of ${keyOf(one)} twice: by ${before.alert} at ${
            time(before.at)
          } and by ` +
          `${one.alert} at ${time(one.at)}`,
        alert: one.alert,
        at: before.at,
      });
    }
  }
  return broken;
}

/** Messages of one alert that a sink confirmed more than once: the later of each two, with the earlier one. */
export function repeats(notified: readonly Notified[]): (readonly [before: Notified, again: Notified])[] {
  const last = new Map<string, Notified>();
  const pairs: (readonly [Notified, Notified])[] = [];
  for (const one of notified) {
    const key = `${one.sink} ${one.alert}`;
    const before = last.get(key);
    if (before !== undefined) pairs.push([before, one]);
    last.set(key, one);
  }
  return pairs;
}

/**
 * The longest time that the result of a confirmed message may stay unwritten without a disturbance, in milliseconds.
 */
const SETTLED_WITHIN = 1_000;

/**
 * A message is sent twice only if a crash, a lost lease or a failing store came between the receiver's confirmation
 * and our commit.
 */
export function repeatPromise(notified: readonly Notified[], disturbances: readonly Disturbance[]): Broken[] {
  return repeats(notified)
    .filter(([before]) =>
      !disturbances.some(({ from, to }) => from <= before.at + SETTLED_WITHIN && before.at <= to)
    )
    .map(([before, again]) => ({
      promise: "a message is sent twice only after a crash, a lost lease or a failure of the store",
      seen: `${again.sink} confirmed ${keyOf(again)} at ${time(before.at)} and again at ${time(again.at)}, ` +
        "and nothing had happened to a relay or to the database when it did so first",
      alert: again.alert,
      at: before.at,
    }));
}

/** No sink receives an alert that no sender sent. */
export function madeUpPromise(sent: ReadonlySet<string>, notified: readonly Notified[]): Broken[] {
  return notified.filter((one) => !sent.has(keyOf(one))).map((one) => ({
    promise: "nothing is made up",
    seen: `${one.sink} received ${keyOf(one)}, which nobody has sent`,
    alert: one.alert,
    at: one.at,
  }));
}

/** The most calls within any period of this length. */
export function mostWithin(times: readonly number[], ms: number): number {
  let most = 0;
  let from = 0;
  for (const [index, at] of times.entries()) {
    while (times[from]! <= at - ms) from++;
    most = Math.max(most, index - from + 1);
  }
  return most;
}

/** A vendor's rate is never exceeded, for any of its answers. */
export function ratePromise(
  robot: string,
  calls: readonly RobotCall[],
  { messages, per }: { messages: number; per: number },
): Broken[] {
  const most = mostWithin(calls.map(({ at }) => at), per);
  const refused = calls.find(({ overRate }) => overRate);
  if (most <= messages && refused === undefined) return [];
  return [{
    promise: `${robot} gets at most ${messages} messages in ${per / 1_000} s`,
    seen: `${robot} received ${most}` + (refused ? `, and refused one at ${time(refused.at)}` : ""),
    at: refused?.at,
  }];
}

/** A delivery in the relay's records. */
export interface RecordedDelivery {
  readonly id: string;
  readonly fingerprint: string;
  readonly state: string;
  /** The idempotency key of the message that delivered it. */
  readonly message?: string | undefined;
}

/** Every delivery with the state delivered was posted, and the deliveries of an incident were posted in their order. */
export function postedPromise(
  robot: string,
  calls: readonly RobotCall[],
  deliveries: readonly RecordedDelivery[],
): Broken[] {
  const posted = new Map<string, { at: number; index: number }>();
  for (const [index, { posted: id, at }] of calls.entries()) {
    if (id !== undefined && !posted.has(id)) posted.set(id, { at, index });
  }
  const broken: Broken[] = [];
  const newest = new Map<string, { id: string; index: number }>();
  for (const { id, fingerprint, state, message } of deliveries.toSorted((a, b) => a.id < b.id ? -1 : 1)) {
    if (state !== "delivered") continue;
    const found = message === undefined ? undefined : posted.get(message);
    if (found === undefined) {
      broken.push({
        promise: "delivered means that the vendor has posted it",
        seen:
          `the delivery ${id} to ${robot} is delivered by the message ${message}, and ${robot} posted none`,
        alert: fingerprint,
      });
      continue;
    }
    const before = newest.get(fingerprint);
    if (before !== undefined && before.index > found.index) {
      broken.push({
        promise: "the states of an incident arrive in their order",
        seen: `${robot} posted the delivery ${id} before ${before.id} of the same incident`,
        alert: fingerprint,
        at: found.at,
      });
    }
    newest.set(fingerprint, { id, index: found.index });
  }
  return broken;
}

function keyAt(one: State & { readonly sink: string }): string {
  return `${one.sink} ${keyOf(one)}`;
}

function fingerprintIn(incident: string, sink: string): string {
  return fingerprintOf(incident, sink === "pager" ? "critical" : "warning");
}

/** A time in the format of a run's lines. */
function time(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}
