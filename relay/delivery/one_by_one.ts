/**
 * Sends a message to each recipient separately, for channels with `per: "recipient"`. Each attempt is for one recipient: it
 * spends one slot of the vendor's budget, and its result is stored before the next attempt. So after a crash at most one
 * recipient gets the message twice, and none is left out.
 *
 * @module
 */
import { defined } from "../base/defined.ts";
import { MINUTE } from "../base/duration.ts";
import { sha256Hex } from "../base/hash.ts";
import { cut } from "../base/text.ts";
import {
  type Channel,
  delivered,
  type Member,
  type Message,
  refused,
  skipped,
  type Verdict,
} from "../channel.ts";
import type { Progress } from "../domain/progress.ts";

/** The progress of a message is one value of the database, which holds 64 KiB: about 15 KB of reasons, and 1,000 ids. */
const MAX_REASONS = 30;
const REASON_CHARS = 140;

/** The progress before the first attempt. */
export const NO_PROGRESS: Progress = { reached: [], failed: {}, skipped: [], tried: {} };

/** The recipients of a message, its progress, and its next recipient. */
export interface Turn {
  /** The members with an address that the channel reads. */
  readonly recipients: readonly Member[];
  readonly progress: Progress;
  /** `undefined` if none is left. */
  readonly next: Member | undefined;
}

/** Finds the next recipient: one without an attempt in this round, so that a failing recipient delays no other. */
export function turnOf({ recipients: members }: Message, { address }: Channel, progress: Progress): Turn {
  const names = [address ?? []].flat().map(({ name }) => name);
  const recipients = names.length === 0
    ? members
    : members.filter((member) => names.some((name) => member[name]));
  const left = leftOf(recipients, progress);
  const untried = left.find(({ id }) => !Object.hasOwn(progress.tried, id));
  if (untried || left.length === 0) return { recipients, progress, next: untried };
  return { recipients, progress: { ...progress, tried: {} }, next: left[0] };
}

/** The message for one recipient. It has its own id, so that a vendor that drops repeats drops none of the others. */
export function messageTo(message: Message, recipient: Member): Message {
  return { ...message, id: `${message.id}-${sha256Hex(recipient.id, 12)}`, recipients: [recipient] };
}

/** The state of a message after one recipient's verdict. */
export interface Aggregate {
  readonly progress: Progress;
  /** The verdict for the deliveries of the message. */
  readonly verdict: Verdict;
  /** Whether the next recipient follows at once: this does not count as a failed attempt of the message. */
  readonly continues: boolean;
}

/** The verdict when no recipient is left. */
export function whenNobodyIsLeft(turn: Turn): Verdict {
  return turn.recipients.length === 0
    ? refused("recipient", "nobody in the group has an address for this channel")
    : overall(turn, "nobody is left");
}

/** Combines the verdict on the message to the next recipient with the progress so far. */
export function aggregate(turn: Turn, verdict: Verdict, { isPlain }: { isPlain: boolean }): Aggregate {
  if (!turn.next) return { progress: turn.progress, verdict, continues: false };
  const { id } = turn.next;
  const progress = progressAfter(turn.progress, id, verdict, { isPlain });
  const { reached, failed, tried } = progress;
  const left = leftOf(turn.recipients, progress).map(({ id }) => id);
  if (progress === turn.progress) return { progress, verdict, continues: false };
  if (left.length === 0) {
    return { progress, verdict: overall({ ...turn, progress }, verdict.because), continues: false };
  }
  const alone = { reached, left, failed: Object.keys(failed) };
  // The vendor requires a wait: no other recipient is tried before its end.
  if (verdict.kind === "retry" && verdict.waitMs !== undefined && !verdict.alone) {
    return { progress, verdict: { ...verdict, alone }, continues: false };
  }
  const isRoundOver = left.every((id) => Object.hasOwn(tried, id));
  if (!isRoundOver) {
    return { progress, verdict: { kind: "retry", because: verdict.because, alone }, continues: true };
  }
  // The reason is that of a remaining recipient, not of the last attempt.
  const { waitMs: _, ...said } = verdict.kind === "retry" ? { ...verdict } : tried[left[0]!]!;
  return { progress, verdict: { ...said, kind: "retry", ...waitOf(left, tried), alone }, continues: false };
}

/** The longest wait of the remaining recipients; at most a minute if there are several, because all of them wait. */
function waitOf(left: readonly string[], tried: Progress["tried"]): { waitMs?: number } {
  const waits = left.flatMap((id) => tried[id]?.waitMs ?? []);
  if (waits.length === 0) return {};
  const longest = Math.max(...waits);
  return { waitMs: left.length === 1 ? longest : Math.min(longest, MINUTE) };
}

/** The progress after a verdict; unchanged if that is about the vendor, its config or the whole message. */
function progressAfter(
  progress: Progress,
  id: string,
  verdict: Verdict,
  { isPlain }: { isPlain: boolean },
): Progress {
  const fails = (because: string): Progress => ({
    ...progress,
    failed: { ...progress.failed, [id]: reasonFor(because, progress) },
  });
  switch (verdict.kind) {
    case "delivered":
      if (verdict.failed?.includes(id)) return fails(verdict.because);
      return { ...progress, reached: [...progress.reached, id] };
    case "skipped":
      return { ...progress, skipped: [...progress.skipped, id] };
    case "throttled":
      return progress;
    case "retry": {
      const { handedOver, broken, step, alone } = verdict;
      const waitMs = alone && verdict.waitMs; // any other wait is the vendor's, and over by the next round
      const turn = { because: reasonFor(verdict.because, progress), handedOver, broken, step, waitMs };
      return { ...progress, tried: { ...progress.tried, [id]: defined(turn) } };
    }
    case "refused":
      if (verdict.what === "recipient") return fails(verdict.because);
      // Others have received this payload, so the cause is this recipient.
      return verdict.what === "payload" && (isPlain || progress.reached.length > 0)
        ? fails(verdict.because)
        : progress;
  }
}

/** The reason to store. If many recipients fail, only the first reasons are stored. */
function reasonFor(because: string, { failed, tried }: Progress): string {
  const count = Object.keys(failed).length + Object.keys(tried).length;
  return count < MAX_REASONS ? cut(because, { chars: REASON_CHARS }) : "…";
}

/** The verdict when no recipient is left. */
function overall({ progress }: Turn, because: string): Verdict {
  const { reached, failed } = progress;
  const ids = Object.keys(failed);
  if (reached.length > 0) {
    return delivered(ids.length > 0 ? failed[ids[0]!] : because, { failed: ids, reached });
  }
  return ids.length > 0 ? refused("recipient", failed[ids[0]!]!, ids) : skipped(because);
}

function leftOf(recipients: readonly Member[], { reached, failed, skipped }: Progress): Member[] {
  return recipients.filter(({ id }) =>
    !reached.includes(id) && !Object.hasOwn(failed, id) && !skipped.includes(id)
  );
}
