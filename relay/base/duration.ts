/** A second in milliseconds. */
export const SECOND = 1_000;
/** A minute in milliseconds. */
export const MINUTE = 60 * SECOND;
/** An hour in milliseconds. */
export const HOUR = 60 * MINUTE;
/** 24 hours in milliseconds. */
export const DAY = 24 * HOUR;

/** The units of a duration in milliseconds, in the order in which they are written. */
const UNITS = [["d", DAY], ["h", HOUR], ["m", MINUTE], ["s", SECOND], ["ms", 1]] as const;

const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** The longest duration, a thousand years: added to the current time it is still a valid Date. */
const LONGEST = 365_000 * DAY;

/** A duration such as `30s`, `1h30m`, `30d`, `500ms` or `0` in milliseconds; `undefined` if the text is invalid. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  const parts = text === "" ? null : DURATION.exec(text);
  if (parts === null) return undefined;
  const ms = UNITS.reduce((sum, [, size], index) => sum + Number(parts[index + 1] ?? 0) * size, 0);
  return ms <= LONGEST ? ms : undefined;
}

/** Milliseconds as a duration, in the units that {@linkcode parseDuration} reads: 5,400,000 is `1h30m`. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.round(ms));
  const parts = UNITS.map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? "" : `${count}${unit}`;
  });
  return parts.join("") || "0";
}
