import { dateOf, dayOf, instantOf } from "../../../relay/base/local_day.ts";
import { type Day, weekday } from "../../../relay/domain/hours.ts";
import type { OnCallView, ShiftView } from "../../../relay/query/shapes/oncall.ts";
import { writeLocal } from "../silences/times.ts";

/** The width of a day in the picture. */
export const DAY_WIDTH = 1_000;

/** A day of a calendar. */
export interface CalendarDay {
  /** `2026-11-30` */
  readonly date: string;
  readonly day: Day;
  readonly isToday: boolean;
  readonly isPast: boolean;
  readonly parts: readonly DayPart[];
  /** The position of the current time in the picture. */
  readonly nowAt?: number;
}

/** A part of a day in which the same members are on call. */
export interface DayPart {
  /** The beginning, `09:00`; empty if it lasts all day. */
  readonly from: string;
  readonly names: readonly string[];
  readonly because: ShiftView["because"];
  /** The position in the picture. */
  readonly x: number;
  readonly width: number;
  /** The number of the colour of its first member. */
  readonly tone: number;
}

/** The number of the members' colours. */
const TONES = 6;

/** The days of a group's calendar. `first`: the first day; `members`: the ids of all members of the group, for their colours. */
export function daysOf(
  { shifts, timezone }: OnCallView,
  { now, first, days, members }: { now: number; first: number; days: number; members: readonly string[] },
): CalendarDay[] {
  const today = dayOf(now, timezone);
  return Array.from({ length: days }, (_, index) => {
    const day = first + index;
    const from = instantOf(day, "00:00", timezone);
    const until = instantOf(day + 1, "00:00", timezone);
    const place = (ms: number): number => Math.round((ms - from) / (until - from) * DAY_WIDTH);
    return {
      date: dateOf(day),
      day: weekday(day),
      isToday: day === today,
      isPast: day < today,
      parts: shifts.filter((shift) => shift.from < until && shift.until > from).map((shift): DayPart => {
        const [begin, end] = [Math.max(shift.from, from), Math.min(shift.until, until)];
        const isWhole = begin === from && end === until;
        return {
          from: isWhole ? "" : writeLocal(begin, timezone).slice(11),
          names: namesOf(shift),
          because: shift.because,
          x: place(begin),
          width: place(end) - place(begin),
          tone: Math.max(0, members.indexOf(shift.members[0]?.id ?? "")) % TONES,
        };
      }),
      ...day === today && { nowAt: place(now) },
    };
  });
}

/** The Monday of the week of a day. */
export function mondayOf(day: number): number {
  while (weekday(day) !== "mon") day--;
  return day;
}

/** The start of today in a zone. */
export function startOfDay(now: number, timezone: string): number {
  return instantOf(dayOf(now, timezone), "00:00", timezone);
}

/** The names of the members of a shift, or their ids. */
export function namesOf({ members }: Pick<ShiftView, "members">): string[] {
  return members.map(({ id, name }) => name ?? id);
}
