import type { Step } from "../channel.ts";

/**
 * The largest difference between the instances' clocks, in milliseconds: a lease is taken over only this long after
 * its end.
 */
export const CLOCK_SKEW = 5_000;

/** The reason why a whole lane waits. */
export interface Pause {
  readonly kind: "throttled" | "failing";
  readonly until: number;
  /** The time of the vendor's answer. */
  readonly at: number;
  /** The vendor's words. */
  readonly because: string;
  /** The step of the conversation that failed, if it was not the message itself. */
  readonly step?: Step;
}

/**
 * A config that the vendor refuses: its deliveries wait, and it is probed with growing intervals. The rest of the lane
 * continues.
 */
export interface VendorRefusal {
  /** A destination with this config; a successful test message to it ends the refusal. */
  readonly destination: string;
  /** The times of the first and the last refusal. */
  readonly since: number;
  readonly at: number;
  /** The number of refusals in a row. */
  readonly times: number;
  /** The time of the next probe. */
  readonly until: number;
  /** The vendor's words. */
  readonly because: string;
  /** The step of the conversation that was refused, if it was not the message itself. */
  readonly step?: Step;
}

/** The refusals of a lane, by the hash of the config. */
export type VendorRefusals = Readonly<Record<string, VendorRefusal>>;

/**
 * The spent slots of a vendor's budget: for each period of a rate, the times at which slots become free, with their
 * number. Keys are decimal texts: the period (milliseconds, `day` or `month`), and epoch milliseconds.
 */
export type Spent = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * A digest that was begun: until its result is known it is sent again with the same deliveries, before any other
 * message to its destination.
 */
export interface DigestMark {
  /** The destination's id. */
  readonly destination: string;
  /** The last delivery in the digest; it also contains all that wait before this one. */
  readonly upTo: string;
  /** Whether the vendor refused the original digest. */
  readonly plain?: boolean;
  /** For an edit: the id of the delivered digest, which is edited for some of the deliveries up to `upTo`. */
  readonly edits?: string;
}

/** The digests and edits that were begun: at most one of each for a destination. */
export function digestsOf({ digest, digests = [] }: LaneState): readonly DigestMark[] {
  return digest ? [digest, ...digests] : digests;
}

/** The state of a lane after a digest or an edit was begun. */
export function withDigest(state: LaneState, mark: DigestMark): LaneState {
  return withDigests(state, [...othersOf(mark, state), mark]);
}

/** The state of a lane after a digest or an edit has ended. */
export function withoutDigest(state: LaneState, mark: DigestMark): LaneState {
  return withDigests(state, othersOf(mark, state));
}

function othersOf({ destination, edits }: DigestMark, state: LaneState): DigestMark[] {
  return digestsOf(state).filter((one) =>
    one.destination !== destination || (one.edits === undefined) !== (edits === undefined)
  );
}

function withDigests(state: LaneState, digests: readonly DigestMark[]): LaneState {
  const { digest: _digest, digests: _digests, ...rest } = state;
  return digests.length === 0 ? rest : { ...rest, digests };
}

/** A vendor that accepts nothing: people are notified of it once. */
export interface Sickness {
  readonly since: number;
  /** The vendor's words. */
  readonly because: string;
}

/** The state of a lane. */
export interface LaneState {
  /** Failed attempts in a row. */
  readonly failures: number;
  readonly pause?: Pause;
  readonly sick?: Sickness;
  readonly refused?: VendorRefusals;
  readonly spent?: Spent;
  /** The same for edits of digests, if the vendor counts them separately. */
  readonly spentEdits?: Spent;
  /** The time of the last message, if the vendor has a budget. */
  readonly last?: number;
  readonly digests?: readonly DigestMark[];
  /** Earlier versions stored only one. */
  readonly digest?: DigestMark;
  /** The time of the vendor's recovery: deliveries accepted before that are sent as digests. */
  readonly recoveredAt?: number;
}

/** The stored record of a lane. */
export interface LaneRecord extends LaneState {
  /** On a shared store: the owner of the lease, its end, and the token of the owner's last commit. */
  readonly owner?: string;
  readonly until?: number;
  readonly token?: string;
}

/** The state of a lane, without its lease. */
export function stateOf({ owner: _owner, until: _until, token: _token, ...state }: LaneRecord): LaneState {
  return state;
}

/** In earlier versions a refused config paused its whole lane for a day. */
interface EarlierRecord extends Omit<LaneRecord, "pause"> {
  readonly pause?: Omit<Pause, "kind"> & {
    readonly kind: Pause["kind"] | "config";
    readonly destination?: string;
    readonly configHash?: string;
  };
}

/** The record of a lane, stored by any version of the relay. */
export function laneRecordOf(stored: unknown): LaneRecord {
  const { pause, ...record } = stored as EarlierRecord;
  if (!pause) return record;
  const { kind, destination = "", configHash = "", ...words } = pause;
  if (kind !== "config") return { ...record, pause: { kind, ...words } };
  const { sick, ...healthy } = record;
  const { at, because, step } = words;
  // It would have waited for a day; now it is probed at once, then with growing intervals.
  const refusal: VendorRefusal = {
    destination,
    since: sick?.since ?? at,
    at,
    times: 1,
    until: at,
    because,
    ...step ? { step } : {},
  };
  return { ...healthy, refused: { ...record.refused, [configHash]: refusal } };
}

/** The reason why a destination's deliveries wait: its whole lane is paused, or its own config is refused. */
export interface Hold extends Omit<Pause, "kind"> {
  readonly kind: Pause["kind"] | "config";
}

/** The reason why deliveries with this config wait now; `undefined` if they do not. */
export function holdOf(
  { pause, refused = {} }: Pick<LaneState, "pause" | "refused">,
  configHash: string,
  now: number,
): Hold | undefined {
  const refusal = refused[configHash];
  if (refusal) {
    const { until, since, because, step } = refusal;
    return { kind: "config", until, at: since, because, ...step ? { step } : {} };
  }
  return pause && pause.until > now ? pause : undefined;
}

/** The begin of the time in which the vendor accepts nothing for this config; `undefined` if it does. */
export function sicknessOf(
  { sick, refused = {} }: Pick<LaneState, "sick" | "refused">,
  configHash: string,
): Sickness | undefined {
  const refusal = refused[configHash];
  return refusal ? { since: refusal.since, because: refusal.because } : sick;
}
