/**
 * Heartbeats by call: a cron job, a backup or another monitor calls `/heartbeat/<name>` again and again, and people are
 * notified when it stops.
 *
 * @module
 */
import { OWN_DIALECT } from "./alert.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Severity } from "./severity.ts";

/** A configured heartbeat. Durations are in milliseconds. */
export interface CalledHeartbeat {
  readonly name: string;
  /** The interval of its calls. */
  readonly every: number;
  /** The allowed delay of a call. */
  readonly grace: number;
  /** The severity of its loss. */
  readonly severity: Severity;
  /** `owner/level`; without one the rules route its loss. */
  readonly group?: string;
}

/** The configured heartbeats, by name. */
export type CalledHeartbeats = ReadonlyMap<string, CalledHeartbeat>;

/** The identity of a called heartbeat's record. */
export function calledIdentity(
  name: string,
): Pick<Heartbeat, "fingerprint" | "name" | "labels" | "routes" | "called"> {
  return {
    fingerprint: fingerprint(OWN_DIALECT, { called: name }),
    name,
    labels: {},
    routes: [],
    called: true,
  };
}

/** The record of a heartbeat without a call: the first call is expected from now on. */
export function neverCalled(name: string, now: number): Heartbeat {
  return { ...calledIdentity(name), neverCalled: true, firstAt: now, lastAt: now, gaps: [] };
}

/** The longest time without a call. */
export function patienceWith({ every, grace }: Pick<CalledHeartbeat, "every" | "grace">): number {
  return every + grace;
}
