/**
 * The effects of messages' results on their lane: its vendor's health, the refused configs, the budget and the
 * digests.
 *
 * @module
 */
import { defined } from "../base/defined.ts";
import type { Verdict } from "../channel.ts";
import type { Queued } from "../domain/record.ts";
import {
  type DigestMark,
  type LaneRecord,
  type LaneState,
  type Pause,
  type Spent,
  stateOf,
  withDigest,
  withoutDigest,
} from "../store/lane_record.ts";
import { type BudgetSlot, giveBack, spend } from "./budget.ts";
import type { LaneFeedback, SettlementRow } from "./delivery_result.ts";
import { refusalsAfter } from "./refused_configs.ts";
import { isRecovering, laneAfter } from "./retry.ts";

/** The state of a lane after some results; `undefined` when it does not change. */
export function laneAfterAll(
  record: LaneRecord,
  results: readonly SettlementRow[],
  now: number,
): LaneState | undefined {
  const before = stateOf(record);
  const after = results.reduce((state: LaneState, result) => {
    return "movedTo" in result || !result.feedback
      ? state
      : stateAfter(state, result.entry, result.feedback, now);
  }, before);
  const same = (Object.keys({ ...before, ...after }) as (keyof LaneState)[])
    .every((key) => before[key] === after[key]);
  return same ? undefined : after;
}

function stateAfter(
  state: LaneState,
  entry: Queued,
  { verdict, configHash, unasked, slot, digest }: LaneFeedback,
  now: number,
): LaneState {
  const { failures, pause: _pause, sick, refused = {}, ...rest } = state;
  const saysNothing = verdict.kind === "skipped" || unasked && !isConfigRefusal(verdict);
  const health = saysNothing
    ? defined({ failures, sick, pause: state.pause })
    : laneAfter(state, verdict, now);
  const pause = health.pause ?? stillInForce(state.pause, now);
  const refusals = saysNothing ? refused : refusalsAfter(refused, verdict, { entry, configHash, now });
  const isMended = refused[configHash] !== undefined && refusals[configHash] === undefined;
  const isWell = isRecovering(state) && !isRecovering({ ...health, pause });
  const spent = slot && state[slot.budget];
  const after = {
    ...rest,
    ...health,
    ...pause ? { pause } : {},
    ...Object.keys(refusals).length > 0 ? { refused: refusals } : {},
    ...isWell || isMended ? { recoveredAt: now } : {},
    ...spent && slot ? { [slot.budget]: spentAfter(spent, slot, { unasked, now }) } : {},
  };
  const mark = digest?.mark;
  if (!mark) return after;
  const left = markAfter(mark, verdict);
  return left ? withDigest(after, left) : withoutDigest(after, mark);
}

/** The message has arrived by now, if at all, so its slot is counted from now instead of from the latest possible time. */
function spentAfter(
  spent: Spent,
  { rates, at, skew }: BudgetSlot,
  { unasked, now }: { unasked: boolean | undefined; now: number },
): Spent {
  const without = giveBack(spent, rates, { now, at });
  return unasked ? without : spend(without, rates, { now, at: now + skew });
}

function isConfigRefusal(verdict: Verdict): boolean {
  return verdict.kind === "refused" && verdict.what === "config";
}

/** The mark of a digest after its verdict. A digest refused even without markup is given up: its alerts are sent one by one. */
function markAfter(mark: DigestMark, { kind, ...verdict }: Verdict): DigestMark | undefined {
  if (kind === "delivered" || kind === "skipped" || "alone" in verdict && verdict.alone) return undefined;
  if (kind !== "refused" || !("what" in verdict)) return mark;
  if (verdict.what === "config") return mark;
  return verdict.what === "payload" && !mark.plain ? { ...mark, plain: true } : undefined;
}

/** The current pause if it is in force: a message that was in flight when the pause began does not end it. */
function stillInForce(pause: Pause | undefined, now: number): Pause | undefined {
  return pause && pause.until > now ? pause : undefined;
}
