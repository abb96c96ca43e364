import type { DeadLetter } from "./record.ts";

/** Which dead letters to return. */
export interface DeadFilter {
  /** The destination's id. */
  readonly destination?: string | undefined;
  /** The group's id. */
  readonly group?: string | undefined;
  /** The reason of the notification. */
  readonly reason?: string | undefined;
  /** Only letters that died at this time or later. */
  readonly since?: number | undefined;
}

/** Whether a dead letter passes the filter. */
export function passesDeadFilter(
  { entry, diedAt }: DeadLetter,
  { destination, group, reason, since = 0 }: DeadFilter,
): boolean {
  return (destination === undefined || entry.destination === destination) &&
    (group === undefined || entry.group === group) &&
    (reason === undefined || entry.reason === reason) &&
    diedAt >= since;
}
