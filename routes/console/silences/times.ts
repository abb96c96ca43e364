import "../../../relay/base/temporal.ts";
import { HOUR } from "../../../relay/base/duration.ts";

/** Time limit for a continued search of the incidents that a silence covers, in milliseconds. */
export const LONG_SEARCH = 3_000;

/** The durations that a silence's form offers. */
export const PRESETS = ["30m", "1h", "2h", "4h", "1d", "morning"] as const;

/** A duration that the form offers. */
export type Preset = typeof PRESETS[number];

const LENGTHS = { "30m": HOUR / 2, "1h": HOUR, "2h": 2 * HOUR, "4h": 4 * HOUR, "1d": 24 * HOUR };

/** The end of a silence until `morning`. */
const MORNING = "08:00";

/** The end of a silence that begins at `from`. `morning`: the next eight o'clock in the zone. */
export function endOfPreset(preset: Preset, { from, timezone }: { from: number; timezone: string }): number {
  if (preset !== "morning") return from + LENGTHS[preset];
  const begins = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timezone);
  const morning = (day: Temporal.PlainDate): number =>
    day.toZonedDateTime({ timeZone: timezone, plainTime: MORNING }).epochMilliseconds;
  const today = morning(begins.toPlainDate());
  return today > from ? today : morning(begins.toPlainDate().add({ days: 1 }));
}

/** Parse a form field such as `2026-11-20T22:00` as a time in the zone; `undefined` when it is invalid. */
export function readLocal(text: string, timezone: string): number | undefined {
  if (!/^\d{4}-/.test(text)) return undefined; // the format of a form field; Temporal also accepts years of six digits
  try {
    return Temporal.PlainDateTime.from(text).toZonedDateTime(timezone).epochMilliseconds;
  } catch {
    return undefined;
  }
}

/** Format a time for a form field. */
export function writeLocal(ms: number, timezone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timezone).toPlainDateTime()
    .toString({ smallestUnit: "minute" });
}
