import { sha256Hex } from "../base/hash.ts";

/** A request that a door refused, without secrets. */
export interface SenderRefusal {
  /** The door, or `none` if that address has no door. */
  readonly door: string;
  /** The HTTP status, or the door's own code. */
  readonly status: number;
  /** The reason in the answer to the caller. */
  readonly reason: string;
  /** The address of the caller. */
  readonly from: string;
  /** The authenticated sender; `undefined` for an unauthenticated request. */
  readonly sender?: string | undefined;
  /** The group that it named, `owner/level`. */
  readonly group?: string | undefined;
}

/** The body of a refused request. */
export interface RefusedBody {
  /** Its beginning. */
  readonly text: string;
  /** The size of the whole body. */
  readonly bytes: number;
  /** The content type, as sent. */
  readonly type?: string | undefined;
}

/** The stored body of a refused request: its beginning has no secrets, and at most 4 KiB. */
export interface RefusedPayload extends RefusedBody {
  /** The time of the refusal, in epoch milliseconds. */
  readonly at: number;
  readonly reason: string;
}

/** Refusals of one kind. Times are epoch milliseconds. */
export interface RefusalCount extends SenderRefusal {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** The last payload of each of the last reasons, the newest first. */
  readonly payloads: readonly RefusedPayload[];
}

/** The id of the kind of a refusal: the same door, sender, address, group and status. */
export function kindOf(refusal: SenderRefusal): string {
  return sha256Hex(`${senderKeyOf(refusal)}\n${refusal.status}`, 16);
}

/** Identifies the sender of a refused request at a door. */
export function senderKeyOf(
  { door, from, sender, group }: Pick<SenderRefusal, "door" | "from" | "sender" | "group">,
): string {
  return [door, sender, from, group].join("\n");
}

/** The most reasons of a kind with a payload. */
const MAX_PAYLOADS = 3;

/** Payloads in their order: of each reason the newest. */
export function newestPayloads(payloads: readonly RefusedPayload[]): RefusedPayload[] {
  const byReason = new Map<string, RefusedPayload>();
  for (const payload of payloads.toSorted((a, b) => b.at - a.at)) {
    if (!byReason.has(payload.reason)) byReason.set(payload.reason, payload);
  }
  return [...byReason.values()].slice(0, MAX_PAYLOADS);
}
