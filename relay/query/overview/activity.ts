import { HOUR, MINUTE } from "../../base/duration.ts";
import { SEVERITIES } from "../../domain/severity.ts";
import { ACCEPTED_KINDS, type AcceptedKind, hourOf, readAccepted, type Tally } from "../../domain/tally.ts";

/** The periods of the chart: the number of steps, and the length of a step in milliseconds. */
export const ACTIVITY_RANGES = {
  "1h": { steps: 12, step: 5 * MINUTE },
  "6h": { steps: 24, step: 15 * MINUTE },
  "24h": { steps: 24, step: HOUR },
  "7d": { steps: 28, step: 6 * HOUR },
} as const;

/** A period of the chart. */
export type ActivityRange = keyof typeof ACTIVITY_RANGES;

/** The number of accepted alerts of each kind; `unknown`: accepted by an earlier version, which did not count the kinds. */
export type ActivityCounts = Readonly<Record<AcceptedKind | "unknown", number>>;

/** The alerts accepted in one step of the period. */
export interface ActivityStep {
  readonly from: number;
  /** The end, excluded. */
  readonly to: number;
  readonly counts: ActivityCounts;
}

/** The alerts accepted in a period. */
export interface Activity {
  readonly range: ActivityRange;
  /** The oldest first, including steps without alerts; the last one contains `now`. */
  readonly steps: readonly ActivityStep[];
  readonly total: ActivityCounts;
  /** Alerts that an earlier version counted for a whole hour, so that no step of some minutes contains them. */
  readonly unplaced: number;
}

/**
 * The steps of a period. Steps of several hours begin at local midnight.
 *
 * @param options `offset`: milliseconds by which local time is ahead of UTC
 */
export function stepsUntil(
  range: ActivityRange,
  { now, offset }: { now: number; offset: number },
): { from: number; to: number }[] {
  const { steps, step } = ACTIVITY_RANGES[range];
  // Tallies count whole hours of UTC; the offsets of a few zones are not whole hours.
  const ahead = step > HOUR ? Math.round(offset / HOUR) * HOUR : 0;
  const end = (Math.floor((now + ahead) / step) + 1) * step - ahead;
  return Array.from({ length: steps }, (_, index) => {
    const from = end - (steps - index) * step;
    return { from, to: from + step };
  });
}

/** Sums up the tallies of accepted alerts, hour by hour, in the steps of a period. */
export function activityIn(
  range: ActivityRange,
  steps: readonly { from: number; to: number }[],
  hours: ReadonlyMap<number, Tally>,
): Activity {
  const { step } = ACTIVITY_RANGES[range];
  const start = steps[0]!.from;
  const counted = steps.map(({ from, to }) => ({ from, to, counts: none() }));
  const total = none();
  let unplaced = 0;
  const add = (time: number, kind: AcceptedKind | "unknown", count: number): void => {
    const counts = counted[Math.floor((time - start) / step)]?.counts;
    if (!counts) return; // an hour may begin before the period
    counts[kind] += count;
    total[kind] += count;
  };
  for (const [hour, tally] of hours) {
    let unknown = tally.accepted ?? 0;
    for (const [name, count] of Object.entries(tally)) {
      const read = readAccepted(name);
      if (!("kind" in read)) continue;
      unknown -= count;
      add(hour * HOUR + read.minute * MINUTE, read.kind, count);
    }
    if (unknown <= 0) continue;
    if (step < HOUR) unplaced += unknown;
    else add(hour * HOUR, "unknown", unknown);
  }
  return { range, steps: counted, total, unplaced };
}

/** The hours since the epoch that contain the steps; `to` is not included. */
export function hoursOfSteps(steps: readonly { from: number; to: number }[]): { from: number; to: number } {
  return { from: hourOf(steps[0]!.from), to: Math.ceil(steps.at(-1)!.to / HOUR) };
}

/** The kinds that a bar stacks: firing alerts, the most severe first, and those of an unknown kind. */
export const STACKED_KINDS = [...SEVERITIES, "unknown"] as const;

function none(): Record<AcceptedKind | "unknown", number> {
  return { ...Object.fromEntries(ACCEPTED_KINDS.map((kind) => [kind, 0])), unknown: 0 } as Record<
    AcceptedKind | "unknown",
    number
  >;
}
