import type { DigestMark, LaneState } from "../store/lane_record.ts";
import { roomIn } from "./budget.ts";
import { type Batch, type Choice, type Foldable, isCritical as isUrgent, isHeldBack } from "./choice.ts";
import { FAILURES_TO_PAUSE } from "./retry.ts";

/** Whose turn it is in a lane. */
export interface Turn {
  /** The messages that go now. */
  readonly batches: readonly Batch[];
  /** When there is none: when to look again; `Infinity` = when something that is under way is over. */
  readonly at: number;
  /** It is the vendor's budget that is waited for. */
  readonly waiting?: true;
}

/** Messages that a lane sends one by one after its vendor took nothing; more of them become a digest. */
const FEW = 3;

/** A message holds about so many alerts, so that a large payload needs several. */
const ALERTS_A_MESSAGE = 25;

/**
 * Whose turn it is, of what may go by itself.
 *
 * A digest of unknown fate goes before anything else. What quiet hours held back goes together. A vendor that took nothing
 * gets one message at a time, and a digest of what has piled up. Where the vendor has a budget, messages go one by one
 * while they are few, the critical ones first; what is more than the budget allows becomes a digest.
 *
 * @param options `sending`: how many messages are under way.
 */
export function turn(
  choice: Choice,
  state: LaneState,
  { now, sending }: { now: number; sending: number },
): Turn {
  const wait = (at: number): Turn => ({ batches: [], at: Math.min(at, choice.next) });
  if (state.digest) {
    const again = sending > 0 ? undefined : redo(choice, state.digest);
    if (sending > 0) return { batches: [], at: Infinity };
    if (again) return ifRoom(again, state, { now, wait });
  }
  const [first] = choice.batches;
  if (!first) return wait(Infinity);

  for (const waiting of choice.foldable.values()) {
    const held = waiting.entries.filter((entry) => entry.held !== undefined && !isHeldBack(entry, now));
    if (held.length > 1) return ifRoom(fold(waiting, held), state, { now, wait });
  }

  const next = choice.batches.find(isCritical) ?? first;
  const waiting = choice.foldable.get(next.destination.id);
  if (isRecovering(state)) {
    if (sending > 0) return { batches: [], at: Infinity };
    const piledUp = choice.batches.filter(({ destination }) =>
      destination.id === next.destination.id
    ).length > FEW;
    return ifRoom(waiting && piledUp ? fold(waiting) : next, state, { now, wait });
  }
  const free = choice.batches.filter(({ rates }) => rates.length === 0);
  if (free.length > 0) return { batches: free, at: now };
  return paced(choice.batches, next, waiting, state, { now, wait });
}

/** One message to a vendor that has a budget. */
function paced(
  batches: readonly Batch[],
  next: Batch,
  waiting: Foldable | undefined,
  state: LaneState,
  { now, wait }: { now: number; wait: (at: number) => Turn },
): Turn {
  const critical = isCritical(next);
  const room = roomIn(state.spent ?? {}, next.rates, { now, critical });
  const like = batches.filter((batch) => isCritical(batch) === critical)
    .reduce((sum, { entries }) => sum + Math.ceil(entries.length / ALERTS_A_MESSAGE), 0);
  if (!waiting) {
    return room.free > 0 ? { batches: [next], at: now } : { ...wait(room.next), waiting: true };
  }
  if (like <= room.calm) return { batches: [next], at: now };
  const isOne = waiting.entries.length === next.entries.length && next.entries.length <= ALERTS_A_MESSAGE;
  return ifRoom(isOne ? next : fold(waiting), state, { now, wait });
}

/** A message that may take a place that is kept for digests. */
function ifRoom(
  batch: Batch,
  state: LaneState,
  { now, wait }: { now: number; wait: (at: number) => Turn },
): Turn {
  const due = Math.max(
    now,
    ...batch.digest ? batch.entries.map(({ due = 0 }) => state.digest ? due : 0) : [],
  );
  if (batch.rates.length === 0) return due > now ? wait(due) : { batches: [batch], at: now };
  const room = roomIn(state.spent ?? {}, batch.rates, { now, critical: isCritical(batch) });
  const at = Math.max(due, room.next, Math.min(state.last ?? -Infinity, now) + room.gap);
  return at > now ? { ...wait(at), waiting: true } : { batches: [batch], at: now };
}

/** The digest that was begun, of what is left of it. */
function redo(choice: Choice, mark: DigestMark): Batch | undefined {
  const waiting = choice.foldable.get(mark.destination);
  const entries = waiting?.entries.filter(({ id }) => id <= mark.upTo) ?? [];
  return waiting && entries.length > 0 ? { ...waiting, entries, digest: mark } : undefined;
}

function fold(waiting: Foldable, entries: Foldable["entries"] = waiting.entries): Batch {
  const upTo = entries.reduce((last, { id }) => id > last ? id : last, "");
  return { ...waiting, entries, digest: { destination: waiting.destination.id, upTo } };
}

/** Whether the vendor took nothing when it was last tried. */
function isRecovering({ failures, pause }: LaneState): boolean {
  return pause !== undefined || failures >= FAILURES_TO_PAUSE;
}

/** Whether somebody should hear of it before all others. */
function isCritical({ entries }: Batch): boolean {
  return entries.some(isUrgent);
}
