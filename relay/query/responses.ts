import { DAY, HOUR } from "../base/duration.ts";
import { dateOf, dayNumber } from "../base/local_day.ts";
import { DAYS, weekday } from "../domain/hours.ts";
import { ALL_GROUPS, figuresIn, NO_RESPONSES, type ResponseFigures } from "../domain/response.ts";
import { hourOf, sumOf, type Tally } from "../domain/tally.ts";
import type { Records } from "../store/records.ts";
import type { Period } from "./ledger.ts";
import type { ResponseTimes } from "./shapes/statistics.ts";

/** The figures of a span of time. */
export interface ResponseSpan {
  /** Each incident counts once. */
  readonly total: ResponseTimes;
  /** By the group's id; an incident counts for each group that was notified of it. */
  readonly groups: Readonly<Record<string, ResponseTimes>>;
}

/** The responses to incidents in a period. */
export interface ResponseReport extends ResponseSpan {
  /** By the date of the week's Monday, including weeks without incidents. */
  readonly weeks: Readonly<Record<string, ResponseSpan>>;
}

/**
 * The responses to incidents in a period of whole hours. Each step counts in its own hour.
 *
 * @param dayOf The date of a time, in the relay's zone.
 * @throws StoreError
 */
export async function responseReport(
  records: Pick<Records, "responses">,
  { from, to }: Period,
  dayOf: (time: number) => string,
): Promise<ResponseReport> {
  const hours = await records.responses({ from: hourOf(from), to: Math.ceil(to / HOUR) });
  const weeks = new Map<string, Tally>();
  for (let time = from; time < to; time += DAY) weeks.set(mondayOf(dayOf(time)), {});
  weeks.set(mondayOf(dayOf(Math.max(from, to - 1))), {});
  let whole: Tally = {};
  for (const [hour, tally] of hours) {
    const week = mondayOf(dayOf(hour * HOUR));
    weeks.set(week, sumOf(weeks.get(week) ?? {}, tally));
    whole = sumOf(whole, tally);
  }
  return {
    ...spanOf(whole),
    weeks: Object.fromEntries([...weeks].map(([week, tally]) => [week, spanOf(tally)])),
  };
}

function spanOf(tally: Tally): ResponseSpan {
  const figures = figuresIn(tally);
  const groups = [...figures].filter(([group]) => group !== ALL_GROUPS).sort(([a], [b]) => a < b ? -1 : 1);
  return {
    total: timesOf(figures.get(ALL_GROUPS) ?? NO_RESPONSES),
    groups: Object.fromEntries(groups.map(([group, own]) => [group, timesOf(own)])),
  };
}

/** A week in which earlier incidents were reopened may have negative counts: they are shown as 0. */
function timesOf({ answered, answeredMs, ended, endedMs, endedAnswered }: ResponseFigures): ResponseTimes {
  const over = Math.max(0, ended);
  return {
    answered,
    mtta: answered > 0 ? Math.round(answeredMs / answered) : null,
    ended: over,
    mttr: over > 0 ? Math.max(0, Math.round(endedMs / over)) : null,
    acknowledged: over > 0 ? Math.min(1, Math.max(0, endedAnswered / over)) : null,
  };
}

/** The date of the Monday of a date's week. */
function mondayOf(date: string): string {
  const day = dayNumber(date);
  return dateOf(day - DAYS.indexOf(weekday(day)));
}
