/**
 * The fire drill: at a set time each week a synthetic alert goes through destinations, so that a broken one is found
 * before it is needed.
 *
 * @module
 */
import "../base/temporal.ts";
import { OWN_DIALECT } from "./alert.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Destination, Group } from "./group.ts";
import { type Day, DAYS } from "./hours.ts";
import { MINUTE } from "../base/duration.ts";

/** The time of a drill, and its destinations. */
export interface DrillPlan {
  readonly days: readonly Day[];
  /** `HH:MM` in the time zone. */
  readonly at: string;
  /** An IANA time zone. */
  readonly timezone: string;
  /** Ids of destinations, or all that are configured. */
  readonly destinations: "all" | ReadonlySet<string>;
  /** Milliseconds after which a delivery that is not confirmed has failed. */
  readonly within: number;
}

/** A drill through every destination, as a person may start it at any time. */
export const WHOLE_DRILL: Pick<DrillPlan, "destinations" | "within"> = {
  destinations: "all",
  within: 15 * MINUTE,
};

/** A drill that has begun. Times are epoch milliseconds. */
export interface DrillRecord {
  /** The time at which it was due. */
  readonly slot: number;
  /** The person who started it; absent if the plan did. */
  readonly by?: string;
  /** The time at which all its alerts were stored. */
  readonly sentAt?: number;
  readonly finishedAt?: number;
  /** The number of destinations that confirmed it. */
  readonly proven?: number;
  /** The number of destinations that did not. */
  readonly failures?: number;
  /** The first of those. */
  readonly failed?: readonly FailedDrill[];
}

/** A destination that did not confirm a drill. */
export interface FailedDrill {
  readonly destination: string;
  readonly because: string;
}

/** The label `alertname` of a drill. */
export const DRILL = "FireDrill";

/** The label `alertname` of the alert that a drill has failed. */
export const DRILL_FAILED = "FireDrillFailed";

/** A drill that is this late, because no instance was running, is skipped. */
const LATE = 10 * MINUTE;

/** The time of a drill that should begin now; `undefined` without one. */
export function slotNow(plan: DrillPlan, now: number): number | undefined {
  return slotsAround(plan, now).findLast((slot) => slot <= now && now - slot <= LATE);
}

/** The time of the next drill. */
export function nextSlot(plan: DrillPlan, now: number): number {
  return slotsAround(plan, now).find((slot) => slot > now)!;
}

/** The planned times from yesterday to a week ahead, in order. */
function slotsAround({ days, at, timezone }: DrillPlan, now: number): number[] {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone).toPlainDate();
  const plainTime = Temporal.PlainTime.from(at);
  return Array.from({ length: 10 }, (_, index) => today.add({ days: index - 1 }))
    .filter((date) => days.includes(DAYS[date.dayOfWeek - 1]!))
    .map((date) => date.toZonedDateTime({ timeZone: timezone, plainTime }).epochMilliseconds);
}

/** The destinations of a group that take part; fallbacks as well. */
export function drilledIn(
  { destinations }: Group,
  { destinations: chosen }: Pick<DrillPlan, "destinations">,
): readonly Destination[] {
  return chosen === "all" ? destinations : destinations.filter(({ id }) => chosen.has(id));
}

/** The identity of a drill's alert for one group. */
export function drillIdentity(slot: number, group: string): Record<string, string> {
  return { drill: String(slot), group };
}

/** The identity of the alert about failing drills in a group. */
export function failureIdentity(group: string): Record<string, string> {
  return { drill_failed: group };
}

/** The fingerprint of one of these identities. */
export function drillFingerprint(identity: Record<string, string>): string {
  return fingerprint(OWN_DIALECT, identity);
}
