import type { Step } from "../channel.ts";

/** Why a lane waits as a whole. */
export interface Pause {
  readonly kind: "throttled" | "failing";
  readonly until: number;
  /** When the vendor said it. */
  readonly at: number;
  /** The vendor's words. */
  readonly because: string;
  /** The part of a conversation that failed, where it was not the message itself. */
  readonly step?: Step;
}

/** A config that the vendor refuses: what is for it waits, and is tried ever more rarely. Others of the lane go on. */
export interface Refusal {
  /** A destination that has the config; a test message that comes through there ends the waiting. */
  readonly destination: string;
  /** When it was first refused, and last. */
  readonly since: number;
  readonly at: number;
  /** How often in a row. */
  readonly times: number;
  /** When it is tried again. */
  readonly until: number;
  /** The vendor's words. */
  readonly because: string;
  /** The part of a conversation that was refused, where it was not the message itself. */
  readonly step?: Step;
}

/** The refusals of a lane, by the hash of the config: another config is another matter. */
export type Refusals = Readonly<Record<string, Refusal>>;

/**
 * The places of a vendor's budget that are not free: for each period of a rate, how many become free when. Keys are
 * decimal texts: the period (milliseconds, `day` or `month`), and epoch milliseconds.
 */
export type Spent = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * A digest that was begun: until its fate is known it goes again, with the same deliveries, before anything else to its
 * destination.
 */
export interface DigestMark {
  /** The destination's id. */
  readonly destination: string;
  /** The last delivery that it folds; it folds all that wait before this one. */
  readonly upTo: string;
  /** The vendor refused it as it was. */
  readonly plain?: boolean;
}

/** The digests that were begun, one a destination at most. */
export function digestsOf({ digest, digests = [] }: LaneState): readonly DigestMark[] {
  return digest ? [digest, ...digests] : digests;
}

/** How a lane fares with a digest begun at a destination, or with none. */
export function withDigest(state: LaneState, destination: string, mark: DigestMark | undefined): LaneState {
  const { digest: _digest, digests: _digests, ...kept } = state;
  const others = digestsOf(state).filter((one) => one.destination !== destination);
  const digests = mark ? [...others, mark] : others;
  return digests.length === 0 ? kept : { ...kept, digests };
}

/** A vendor that takes nothing: people are told of it once. */
export interface Sickness {
  readonly since: number;
  /** The vendor's words. */
  readonly because: string;
}

/** How a lane fares. */
export interface LaneState {
  /** Failed attempts in a row. */
  readonly failures: number;
  readonly pause?: Pause;
  readonly sick?: Sickness;
  readonly refused?: Refusals;
  readonly spent?: Spent;
  /** When the last message went, where the vendor has a budget. */
  readonly last?: number;
  readonly digests?: readonly DigestMark[];
  /** The only one that earlier versions kept. */
  readonly digest?: DigestMark;
  /** When the vendor took messages again after it took none: what piled up until then goes as digests. */
  readonly recoveredAt?: number;
}

/** What is stored of a lane. */
export interface LaneRecord extends LaneState {
  /** On a shared store: who works on it, until when, and which of the owner's commits was the last. */
  readonly owner?: string;
  readonly until?: number;
  readonly token?: string;
}

/** How a lane fares, whoever works on it. */
export function stateOf({ owner: _owner, until: _until, token: _token, ...state }: LaneRecord): LaneState {
  return state;
}

/** In an earlier version a refused config paused its whole lane for a day. */
interface EarlierRecord extends Omit<LaneRecord, "pause"> {
  readonly pause?: Omit<Pause, "kind"> & {
    readonly kind: Pause["kind"] | "config";
    readonly destination?: string;
    readonly configHash?: string;
  };
}

/** The record of a lane, whichever version of the relay stored it. */
export function laneRecordOf(stored: unknown): LaneRecord {
  const { pause, ...record } = stored as EarlierRecord;
  if (!pause) return record;
  const { kind, destination = "", configHash = "", ...words } = pause;
  if (kind !== "config") return { ...record, pause: { kind, ...words } };
  const { sick, ...healthy } = record;
  const { at, because, step } = words;
  // It was to wait for a day; now it is tried at once, and then ever more rarely.
  const refusal: Refusal = {
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

/** Why a destination waits: because its whole lane does, or because its own config is refused. */
export interface Hold extends Omit<Pause, "kind"> {
  readonly kind: Pause["kind"] | "config";
}

/** What keeps a destination with this config waiting now, if anything does. */
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

/** Since when the vendor takes nothing for this config, if it does not. */
export function sicknessOf(
  { sick, refused = {} }: Pick<LaneState, "sick" | "refused">,
  configHash: string,
): Sickness | undefined {
  const refusal = refused[configHash];
  return refusal ? { since: refusal.since, because: refusal.because } : sick;
}
