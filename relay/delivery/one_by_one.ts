/**
 * A message that a channel sends to each recipient by itself. Each attempt is for one recipient: it takes one place in the
 * vendor's budget, and its result is written before the next one goes. So after a crash at most one recipient gets the message
 * twice, and nobody is forgotten.
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

/** Nobody was asked yet. */
export const NO_PROGRESS: Progress = { reached: [], failed: {}, skipped: [], tried: {} };

/** Whom a message is for, how far it is, and who gets it next. */
export interface Turn {
  /** Those who have an address that the channel reads. */
  readonly recipients: readonly Member[];
  readonly progress: Progress;
  /** `undefined` when nobody is left. */
  readonly next: Member | undefined;
}

/** Who gets a message next: somebody who was not tried in this round, so that one who fails delays no other. */
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

/** The message as the next recipient gets it. Its id is its own, so that a vendor that drops repeats drops no other. */
export function messageTo(message: Message, recipient: Member): Message {
  return { ...message, id: `${message.id}-${sha256Hex(recipient.id, 12)}`, recipients: [recipient] };
}

/** What the verdict on the message to one recipient comes to. */
export interface Aggregate {
  readonly progress: Progress;
  /** The verdict for the deliveries of the message. */
  readonly verdict: Verdict;
  /** Set when the next recipient's turn is at once: this was no failed attempt of the message. */
  readonly continues: boolean;
}

/** The verdict when nobody is left to be asked. */
export function whenNobodyIsLeft(turn: Turn): Verdict {
  return turn.recipients.length === 0
    ? refused("recipient", "nobody in the group has an address for this channel")
    : overall(turn, "nobody is left");
}

/** What a verdict on the message to the next recipient comes to. */
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
  // A vendor that asks to wait is asked for nobody before that.
  if (verdict.kind === "retry" && verdict.waitMs !== undefined && !verdict.alone) {
    return { progress, verdict: { ...verdict, alone }, continues: false };
  }
  const isRoundOver = left.every((id) => Object.hasOwn(tried, id));
  if (!isRoundOver) {
    return { progress, verdict: { kind: "retry", because: verdict.because, alone }, continues: true };
  }
  // It says why somebody is left, not how the last turn went.
  const { waitMs: _, ...said } = verdict.kind === "retry" ? { ...verdict } : tried[left[0]!]!;
  return { progress, verdict: { ...said, kind: "retry", ...waitOf(left, tried), alone }, continues: false };
}

/** The longest wait for one of those who are left; it delays the others by a minute at most. */
function waitOf(left: readonly string[], tried: Progress["tried"]): { waitMs?: number } {
  const waits = left.flatMap((id) => tried[id]?.waitMs ?? []);
  if (waits.length === 0) return {};
  const longest = Math.max(...waits);
  return { waitMs: left.length === 1 ? longest : Math.min(longest, MINUTE) };
}

/** The same progress when the verdict is about the vendor, its config or the whole message. */
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
      const waitMs = alone && verdict.waitMs; // another wait is the vendor's, and over by then
      const turn = { because: reasonFor(verdict.because, progress), handedOver, broken, step, waitMs };
      return { ...progress, tried: { ...progress.tried, [id]: defined(turn) } };
    }
    case "refused":
      if (verdict.what === "recipient") return fails(verdict.because);
      // The others have it as it is.
      return verdict.what === "payload" && (isPlain || progress.reached.length > 0)
        ? fails(verdict.because)
        : progress;
  }
}

/** A reason to remember. Of a large group that fails, the first reasons have to do. */
function reasonFor(because: string, { failed, tried }: Progress): string {
  const count = Object.keys(failed).length + Object.keys(tried).length;
  return count < MAX_REASONS ? cut(because, { chars: REASON_CHARS }) : "…";
}

/** The verdict once everybody has it, or never will. */
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
