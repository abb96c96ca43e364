import type { Step } from "../channel.ts";

/** Why a lane waits as a whole. */
export interface Pause {
  readonly kind: "throttled" | "failing" | "config";
  readonly until: number;
  /** When the vendor said it. */
  readonly at: number;
  /** The vendor's words. */
  readonly because: string;
  /** The part of a conversation that failed, where it was not the message itself. */
  readonly step?: Step;
  /** Of a `config` pause: whose config was refused, and which it was. Another config ends the pause. */
  readonly destination?: string;
  readonly configHash?: string;
}

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
