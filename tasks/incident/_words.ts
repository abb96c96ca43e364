import type { Incident } from "../../relay/domain/incident.ts";
import { endOf } from "../../relay/domain/incident.ts";
import { formatDuration } from "../../relay/base/time.ts";

/** An incident in the API's answer. */
export type ShownIncident = Incident & { readonly where?: string };

/** A time, to the second. */
export function at(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

/** The title of an incident and its object, on one line. */
export function headline({ title, where = "" }: ShownIncident): string {
  const words = where === "" || title.includes(where) ? title : `${title} (${where})`;
  return words.replace(/\s+/g, " ").slice(0, 120);
}

/** `open for 2 h`, `over after 12 min`. */
export function duration(incident: Incident, now: number): string {
  const { closedAt, openedAt, stale } = incident;
  const lasted = formatDuration(endOf(incident, now) - openedAt, "en");
  if (stale) return `stale after ${lasted}`;
  return closedAt === null ? `open for ${lasted}` : `over after ${lasted}`;
}

/** The holder of the incident and the end of the acknowledgement. */
export function handling(
  { holder, snoozed, known, knownAt, knownBy, knownUntil, closedAt, closedBy }: Incident,
): string {
  if (closedBy !== undefined) return `closed by ${closedBy}`;
  if (!known) return "unacknowledged";
  if (knownAt === undefined) return closedAt === null ? "acknowledged" : "";
  const until = knownUntil === undefined || closedAt !== null ? "" : ` until ${at(knownUntil)}`;
  if (snoozed) return `snoozed by ${knownBy ?? "somebody"}${until}`;
  const has = holder === undefined ? "acknowledged" : holder === knownBy ? "taken" : `assigned to ${holder}`;
  return `${has} by ${knownBy ?? "somebody"}${until}`;
}
