import type { DeadLetter } from "./record.ts";

/** Which of the dead are asked for. */
export interface DeadFilter {
  /** The destination's id. */
  readonly destination?: string | undefined;
  /** The group's id. */
  readonly group?: string | undefined;
  /** Why the group was to be told. */
  readonly reason?: string | undefined;
  /** Those that died then or later. */
  readonly since?: number | undefined;
}

/** Whether one of the dead is asked for. */
export function isAmong(
  { entry, diedAt }: DeadLetter,
  { destination, group, reason, since = 0 }: DeadFilter,
): boolean {
  return (destination === undefined || entry.destination === destination) &&
    (group === undefined || entry.group === group) &&
    (reason === undefined || entry.reason === reason) &&
    diedAt >= since;
}
