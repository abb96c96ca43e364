import { HOUR } from "../../../relay/base/duration.ts";

/** How long the incidents that a silence covers are looked for when somebody asks to go on, in milliseconds. */
export const LONG_LOOK = 3_000;

/** For how long a silence may be made with one tap. */
export const PRESETS = ["30m", "1h", "2h", "4h", "1d", "morning"] as const;

/** One of them. */
export type Preset = typeof PRESETS[number];

const LENGTHS = { "30m": HOUR / 2, "1h": HOUR, "2h": 2 * HOUR, "4h": 4 * HOUR, "1d": 24 * HOUR };

/** When people are at work again. */
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

/** What a field of a form says, `2026-11-20T22:00`, as a time of the zone; `undefined` when it is none. */
export function readLocal(text: string, timezone: string): number | undefined {
  if (!/^\d{4}-/.test(text)) return undefined; // as a field writes it; Temporal knows years of six digits, too
  try {
    return Temporal.PlainDateTime.from(text).toZonedDateTime(timezone).epochMilliseconds;
  } catch {
    return undefined;
  }
}

/** A time as a field of a form has it. */
export function writeLocal(ms: number, timezone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timezone).toPlainDateTime()
    .toString({ smallestUnit: "minute" });
}
