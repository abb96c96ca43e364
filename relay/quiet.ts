import type { Severity } from "./severity.ts";

/** The days of a week, in the order of ISO 8601. */
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** A day of the week. */
export type Day = typeof DAYS[number];

/** When a group wants to hear of critical alerts only. Times are `HH:MM` in the group's zone. */
export interface Quiet {
  readonly from: string;
  /** At or before `from`: on the next day. */
  readonly to: string;
  /** The days on which it begins. */
  readonly days: readonly Day[];
}

/**
 * When the quiet hours end that hold a notification back; `undefined` when it may go at once. The clock on the wall
 * decides: where it is put forward or back in the night, the hours are shorter or longer.
 */
export function heldUntil(
  { quiet, timezone }: { readonly quiet?: Quiet | undefined; readonly timezone: string },
  severity: Severity,
  now: number,
): number | undefined {
  if (!quiet || severity === "critical") return undefined;
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone).toPlainDate();
  const from = Temporal.PlainTime.from(quiet.from);
  const to = Temporal.PlainTime.from(quiet.to);
  const lasts = Temporal.PlainTime.compare(to, from) > 0 ? 0 : 1;
  // Of two that overlap (all day, every day) the one that began yesterday ends first.
  for (const day of [today.subtract({ days: 1 }), today]) {
    if (!quiet.days.includes(DAYS[day.dayOfWeek - 1]!)) continue;
    const begins = day.toZonedDateTime({ timeZone: timezone, plainTime: from }).epochMilliseconds;
    const ends = day.add({ days: lasts }).toZonedDateTime({ timeZone: timezone, plainTime: to })
      .epochMilliseconds;
    if (begins <= now && now < ends) return ends;
  }
  return undefined;
}
