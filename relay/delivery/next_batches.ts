import type { Queued } from "../domain/record.ts";
import { type DigestMark, digestsOf, type LaneState } from "../store/lane_record.ts";
import { budgetOf, roomIn } from "./budget.ts";
import type { Batch, Foldable } from "./batch.ts";
import { asEdit, type EditableDigests } from "./digest_edit.ts";
import type { QueueSelection } from "./queue_selection.ts";
import { isCritical, isHeldBack, isPartOf } from "./queued.ts";
import { isRecovering } from "./retry.ts";

/** The messages of a lane to send next. */
export interface NextBatches {
  /** The messages to send now. */
  readonly batches: readonly Batch[];
  /** If there is none, the time of the next look; `Infinity` = when a message in flight ends. */
  readonly at: number;
  /** Set when the wait is for the vendor's budget. */
  readonly waiting?: true;
}

/** The inputs of the next batches, in addition to the selection and the lane's state. */
export interface NextBatchesOptions {
  readonly now: number;
  /** The number of messages in flight. */
  readonly sending: number;
  /** Whether a refused config, given by its hash, is being probed. */
  readonly isProbing: (configHash: string) => boolean;
  /** The digests that can be edited for pending deliveries. Default: none. */
  readonly editable?: EditableDigests;
}

/** Messages that a lane sends one by one after an outage of its vendor, at most; more are combined into a digest. */
const MAX_SINGLE = 3;

/** The approximate number of alerts in a message; a larger payload needs several messages. */
const ALERTS_A_MESSAGE = 25;

/**
 * Select the messages to send next.
 *
 * A digest whose result is unknown precedes any other message to its destination, once it is due. A refused config is
 * probed with one message at a time. Deliveries held by quiet hours are sent together. A failing vendor gets one
 * message at a time; the backlog is sent as digests, also after the vendor has recovered. If the vendor has a budget,
 * messages are sent one by one while they fit it, critical ones first; messages over the budget are combined into a
 * digest. If the vendor counts edits separately, updates that need not notify people are then shown by editing an
 * earlier digest.
 */
export function nextBatches(
  selection: QueueSelection,
  state: LaneState,
  options: NextBatchesOptions,
): NextBatches {
  const { now, sending, editable = new Map() } = options;
  // A destination gets no other message while its digest is in flight or will be retried.
  const begun = digestsOf(state)
    .map((mark) => ({ mark, again: redo(selection, mark, editable) }))
    .filter(({ again }) => again || sending > 0);
  let { next } = selection;
  let isWaiting = false;
  for (const { again } of sending > 0 ? [] : begun) {
    const { batches, at, waiting = false } = ifRoom(again!, state, {
      now,
      wait: (at) => ({ batches: [], at }),
      isAgain: true,
    });
    if (batches.length > 0) return { batches, at };
    next = Math.min(next, at);
    isWaiting ||= waiting;
  }
  const isFree = (destination: string): boolean =>
    begun.every(({ mark }) => mark.destination !== destination);
  // A retry that may be a repeat has a long backoff; other incidents do not wait for it.
  const waits = (again: Batch | undefined): boolean =>
    again !== undefined && again.entries.some(({ handedOver, due = 0 }) => handedOver && due > now);
  const mayGo = ({ destination, entries }: Batch): boolean =>
    begun.every(({ mark, again }) =>
      mark.destination !== destination.id || waits(again) && !entries.some((entry) => isPartOf(mark, entry))
    );
  const batches = selection.batches.filter((batch) => batch.partly || mayGo(batch));
  const foldable = new Map([...selection.foldable].filter(([destination]) => isFree(destination)));
  const others = nextOfOthers({ batches, foldable, next }, state, options);
  return isWaiting && others.batches.length === 0 ? { ...others, waiting: true } : others;
}

/** The messages to send next to destinations without an unfinished digest. */
function nextOfOthers(
  { batches: all, foldable, next: comeBack }: Pick<QueueSelection, "batches" | "foldable" | "next">,
  state: LaneState,
  { now, sending, isProbing, editable = new Map() }: NextBatchesOptions,
): NextBatches {
  if (sending > 0 && isRecovering(state)) return { batches: [], at: Infinity };
  let wait = (at: number): NextBatches => ({ batches: [], at: Math.min(at, comeBack) });
  const probe = all.find(({ refusal, destination }) => refusal && !isProbing(destination.configHash));
  if (probe) {
    const backlog = backlogFor(probe, { batches: all, foldable });
    const probing = ifRoom(backlog ? asDigest(backlog) : probe, state, { now, wait });
    if (probing.batches.length > 0) return probing;
    wait = (at) => ({ ...probing, at: Math.min(at, probing.at) });
  }
  const batches = all.filter(({ refusal }) => !refusal);
  const [first] = batches;
  if (!first) return wait(Infinity);

  for (const waiting of foldable.values()) {
    if (waiting.refusal) continue;
    const held = waiting.entries.filter((entry) => entry.held === "quiet" && !isHeldBack(entry, now));
    if (held.length > 1) return ifRoom(asDigest(waiting, held), state, { now, wait });
  }

  const next = batches.find(hasCritical) ?? first;
  const { recoveredAt } = state;
  if (isRecovering(state)) {
    const backlog = backlogFor(next, { batches, foldable });
    return ifRoom(backlog ? asDigest(backlog) : next, state, { now, wait });
  }
  if (recoveredAt !== undefined) {
    for (const batch of [next, ...batches]) {
      const backlog = backlogFor(batch, { batches, foldable, until: recoveredAt });
      if (!backlog) continue;
      return sending > 0 ? { batches: [], at: Infinity } : ifRoom(asDigest(backlog), state, { now, wait });
    }
  }
  const free = batches.filter(({ rates }) => rates.length === 0);
  if (free.length > 0) return { batches: free, at: now };
  const message = paced(batches, next, foldable.get(next.destination.id), state, { now, wait });
  return message.batches.length > 0 && hasCritical(next)
    ? message
    : editInstead(message, { batches, next, editable }, state, now);
}

/** The edit of a digest instead of a message to its destination, if more messages wait than the vendor's budget allows. */
function editInstead(
  message: NextBatches,
  { batches, next, editable }: { batches: readonly Batch[]; next: Batch; editable: EditableDigests },
  state: LaneState,
  now: number,
): NextBatches {
  const { destination: { id: destination }, rates } = next;
  // An edit whose result is unknown is repeated unchanged before another one.
  const isInDoubt = digestsOf(state).some((mark) =>
    mark.edits !== undefined && mark.destination === destination
  );
  const edit = editable.size > 0 && !isInDoubt ? asEdit(batches, editable, { destination }) : undefined;
  const like = batches.filter((batch) => batch.destination.id === destination && !hasCritical(batch)).length;
  if (!edit || like <= roomIn(state.spent ?? {}, rates, { now, critical: false }).calm) return message;
  const at = editAt(edit, state, now);
  if (at <= now) return { batches: [edit], at: now };
  return message.batches.length > 0 ? message : { ...message, at: Math.min(message.at, at) };
}

/** The time at which the vendor's budget has room for another edit. */
function editAt(edit: Batch, state: LaneState, now: number): number {
  return roomIn(state.spentEdits ?? {}, edit.rates, { now, critical: true }).next;
}

/** The backlog of a message's destination, if it is more than a few messages. `until`: only alerts up to that time. */
function backlogFor(
  { destination: { id }, partly }: Batch,
  { batches, foldable, until = Infinity }: Pick<QueueSelection, "batches" | "foldable"> & { until?: number },
): Foldable | undefined {
  const waiting = foldable.get(id);
  if (!waiting || partly) return undefined;
  const isOld = ({ at }: Queued): boolean => at <= until;
  const messages = batches.filter(({ destination, partly, entries }) =>
    destination.id === id && !partly && entries.every(isOld)
  );
  if (messages.length <= MAX_SINGLE) return undefined;
  return { ...waiting, entries: waiting.entries.filter(isOld) };
}

/** The next message to a vendor that has a budget. */
function paced(
  batches: readonly Batch[],
  next: Batch,
  waiting: Foldable | undefined,
  state: LaneState,
  { now, wait }: { now: number; wait: (at: number) => NextBatches },
): NextBatches {
  const critical = hasCritical(next);
  const room = roomIn(state.spent ?? {}, next.rates, { now, critical });
  const like = batches.filter((batch) => hasCritical(batch) === critical && !batch.partly)
    .reduce((sum, { entries }) => sum + Math.ceil(entries.length / ALERTS_A_MESSAGE), 0);
  if (!waiting || next.partly) {
    return room.free > 0 ? { batches: [next], at: now } : { ...wait(room.next), waiting: true };
  }
  if (like <= room.calm) return { batches: [next], at: now };
  const isOne = waiting.entries.length === next.entries.length && next.entries.length <= ALERTS_A_MESSAGE;
  return ifRoom(isOne ? next : asDigest(waiting), state, { now, wait });
}

/** A message, if a slot is free for it; it may use the slots reserved for digests. */
function ifRoom(
  batch: Batch,
  state: LaneState,
  { now, wait, isAgain = false }: { now: number; wait: (at: number) => NextBatches; isAgain?: boolean },
): NextBatches {
  const due = Math.max(now, ...isAgain ? batch.entries.map(({ due = 0 }) => due) : []);
  if (batch.rates.length === 0) return due > now ? wait(due) : { batches: [batch], at: now };
  const room = roomIn(state.spent ?? {}, batch.rates, { now, critical: hasCritical(batch) });
  const at = budgetOf(batch) === "spentEdits"
    ? editAt(batch, state, now)
    : Math.max(due, room.next, Math.min(state.last ?? -Infinity, now) + room.gap);
  return at > now ? { ...wait(at), waiting: true } : { batches: [batch], at: now };
}

/** The unfinished digest or edit, with the deliveries that are left of it. */
function redo(selection: QueueSelection, mark: DigestMark, editable: EditableDigests): Batch | undefined {
  const { destination, upTo, edits } = mark;
  if (edits !== undefined) return asEdit(selection.batches, editable, { destination, upTo, digest: edits });
  const waiting = selection.foldable.get(mark.destination);
  const entries = waiting?.entries.filter(({ id }) => id <= mark.upTo) ?? [];
  return waiting && entries.length > 0 ? { ...waiting, entries, digest: mark } : undefined;
}

/** A digest of deliveries to one destination. */
function asDigest(waiting: Foldable, entries: Foldable["entries"] = waiting.entries): Batch {
  const upTo = entries.reduce((last, { id }) => id > last ? id : last, "");
  return { ...waiting, entries, digest: { destination: waiting.destination.id, upTo } };
}

/** Whether a message is sent before all others. */
function hasCritical({ entries }: Batch): boolean {
  return entries.some(isCritical);
}
