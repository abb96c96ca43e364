import "../base/temporal.ts";
import type { Member } from "./member.ts";

/** The on-call rotation of a group. */
export interface Rotation {
  /** The members of each turn. */
  readonly turns: readonly (readonly Member[])[];
  /** The day of the first turn: `2026-11-16`. */
  readonly start: string;
  /** The time of day at which a turn begins: `09:00` in the group's zone. */
  readonly handover: string;
  /** Days that a turn lasts. */
  readonly every: number;
}

/** The members on call: those whose turn it is; all members without a rotation or before it starts. */
export function onCall(
  { oncall, members, timezone }: {
    readonly oncall?: Rotation | undefined;
    readonly members: readonly Member[];
    readonly timezone: string;
  },
  now: number,
): readonly Member[] {
  if (!oncall) return members;
  const local = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone);
  const early = Temporal.PlainTime.compare(local.toPlainTime(), oncall.handover) < 0 ? 1 : 0;
  const days = Temporal.PlainDate.from(oncall.start).until(local.toPlainDate()).days - early;
  return days < 0 ? members : oncall.turns[Math.floor(days / oncall.every) % oncall.turns.length]!;
}
