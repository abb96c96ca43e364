import type { Locale } from "./locale.ts";
import { DAY } from "./duration.ts";

/** The greatest distance of a date from 1970, in milliseconds (ECMAScript's time range). */
const FURTHEST = 8.64e15;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Cached: creating one takes a hundred times as long as using it. */
function formatOf(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en", {
      timeZone: timezone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(timezone, format);
  }
  return format;
}

/**
 * Formats a time in a zone: `2026-11-20 10:43:00`. An invalid time is `?`.
 *
 * @param ms Epoch milliseconds.
 * @throws {RangeError} if there is no such zone.
 */
export function formatTime(ms: number, { timezone }: { timezone: string }): string {
  const format = formatOf(timezone);
  if (!(Math.abs(ms) <= FURTHEST)) return "?";
  if (ms < REGULAR.from || ms >= REGULAR.until) return formatSlowly(ms, format);
  const local = ms + aheadOf(ms, timezone, format);
  return new Date(local).toISOString().slice(0, 19).replace("T", " ");
}

/** A short time: `10:43`, with the date if it is a day or more ago. */
export function shortTime(ms: number, { now, timezone }: { now: number; timezone: string }): string {
  const [day = "", time = ""] = formatTime(ms, { timezone }).split(" ");
  return now - ms < DAY ? time.slice(0, -3) : `${day} ${time.slice(0, -3)}`;
}

/**
 * In these years every zone changes its clocks at a whole quarter of an hour (St. John's did so one minute past it), and a
 * year has four digits. The offset of a zone is therefore computed once for each quarter: computing it takes thirty times as
 * long as the rest.
 */
const REGULAR = { from: Date.UTC(2012), until: Date.UTC(9999) };
const QUARTER = 15 * 60_000;

/** The offsets of each zone, by quarter: most displayed times are of one hour, or of one day in a list. */
const ahead = new Map<string, Map<number, number>>();

/** At most this many offsets of a zone are cached: more than a day has. */
const MAX_CACHED_QUARTERS = 100;

function aheadOf(ms: number, timezone: string, format: Intl.DateTimeFormat): number {
  const quarter = Math.floor(ms / QUARTER);
  const known = ahead.get(timezone) ?? new Map<number, number>();
  const last = known.get(quarter);
  if (last !== undefined) return last;
  const start = quarter * QUARTER;
  const found = Date.parse(`${formatSlowly(start, format).replace(" ", "T")}Z`) - start;
  if (known.size >= MAX_CACHED_QUARTERS) known.clear();
  ahead.set(timezone, known.set(quarter, found));
  return found;
}

function formatSlowly(ms: number, format: Intl.DateTimeFormat): string {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of format.formatToParts(ms)) parts[type] = value;
  return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}:${parts.second}`;
}

/**
 * Parses a time of a browser's input field in a zone: `2026-11-20T10:43` → epoch milliseconds. In an hour that a clock
 * change skips or repeats, it is one of the two possible times.
 *
 * @returns `undefined` if it is invalid
 */
export function parseZoned(text: string, { timezone }: { timezone: string }): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text)) return undefined;
  const wall = Date.parse(`${text}Z`);
  if (Number.isNaN(wall)) return undefined;
  const ahead = (ms: number): number =>
    Date.parse(`${formatTime(ms, { timezone }).replace(" ", "T")}Z`) - Math.floor(ms / 1_000) * 1_000;
  // The offset must be that of the result, not that of the first guess.
  const time = wall - ahead(wall - ahead(wall));
  return Number.isNaN(time) ? undefined : time; // a year that clocks do not show
}

/** The units of a duration, in seconds, the largest first. */
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]] as const;

type Unit = typeof UNITS[number][0];

const UNIT_NAMES: Readonly<Record<Locale, Readonly<Record<Unit, string>>>> = {
  zh: { day: "天", hour: "小时", minute: "分", second: "秒" },
  en: { day: "d", hour: "h", minute: "min", second: "s" },
};

/** Formats a duration in its two largest units: `1 小时 5 分`, `1 h 5 min`. A negative one counts as 0. */
export function formatDuration(ms: number, locale: Locale): string {
  const seconds = Number.isFinite(ms) ? Math.max(0, Math.floor(ms / 1000)) : 0;
  const names = UNIT_NAMES[locale];
  if (seconds === 0) return `0 ${names.second}`;
  const largest = UNITS.findIndex(([, size]) => seconds >= size);
  let rest = seconds;
  const words: string[] = [];
  for (const [unit, size] of UNITS.slice(largest, largest + 2)) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) words.push(`${amount} ${names[unit]}`);
  }
  return words.join(" ");
}

/** Formats a duration to the minute, in its two largest units: `8 分钟`, `1 小时 5 分`; `8 min`, `1 h 5 min`. */
export function roughDuration(ms: number, locale: Locale): string {
  const text = formatDuration(Math.floor(ms / 60_000) * 60_000, locale);
  return text.replace(/^(\d+ 分)$/, "$1钟");
}

/** The tolerated clock skew: a time at most this far ahead counts as now. */
const SKEW = 60;

/** Formats a relative time: `5 分钟前`, `5 min. ago`; `现在`, `now` within a second; `5分钟后`, `in 5 min.` for the future. */
export function formatAgo(ms: number, { now, locale }: { now: number; locale: Locale }): string {
  const ahead = Math.floor((ms - now) / 1000);
  const isToCome = ahead > SKEW;
  const seconds = isToCome ? ahead : Math.max(0, Math.floor((now - ms) / 1000));
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ["second", 1];
  // Never "yesterday": that can be one hour ago, or 47.
  const numeric = seconds === 0 ? "auto" : "always";
  return new Intl.RelativeTimeFormat(locale, { numeric, style: "short" }).format(
    (isToCome ? 1 : -1) * Math.floor(seconds / size),
    unit,
  );
}
