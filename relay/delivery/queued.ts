/**
 * Properties of deliveries in a queue.
 *
 * @module
 */
import { ADHOC_OWNER } from "../domain/group.ts";
import { isEvent } from "../domain/outcome.ts";
import type { Queued } from "../domain/record.ts";
import type { DigestMark } from "../store/lane_record.ts";

/** Whether an unfinished digest covers a delivery. */
export function isPartOf({ destination, upTo, edits }: DigestMark, entry: Queued): boolean {
  return edits === undefined && entry.destination === destination && entry.id <= upTo;
}

/** Whether an address created the group. Such a definition was stored before its first alert and is never removed. */
export function isAdhoc({ group }: Queued): boolean {
  return group.startsWith(`${ADHOC_OWNER}/`);
}

/** Whether quiet hours hold a delivery, or its message group. */
export function isHeldBack({ held, due = 0 }: Queued, now: number): boolean {
  return held !== undefined && due > now;
}

/** Whether a delivery is sent before all others. */
export function isCritical({ severity, reason }: Queued): boolean {
  return severity === "critical" && reason !== "resolved" && !isEvent(reason);
}

/** The key of deliveries that must be sent in order: an incident at a destination. */
export function incidentOf({ destination, fingerprint }: Queued): string {
  return `${destination} ${fingerprint}`;
}

/**
 * The key of deliveries that may share a message: of one payload, held by quiet hours until the same time, or of one message
 * group. A message that was tried is tried again with the same deliveries.
 */
export function sharingOf(entry: Queued): string {
  const { destination, payload, held, since, partly } = entry;
  if (isOfMessageGroup(entry)) return `${destination} ${held} ${entry.messageGroup}`;
  return `${destination} ${held === "quiet" && !partly ? `${held} ${since}` : payload}`;
}

/** Whether a delivery waits for others of its message group: it was not attempted yet. */
function isOfMessageGroup({ held, tries, partly }: Queued): boolean {
  return held === "group" && tries === undefined && !partly;
}
