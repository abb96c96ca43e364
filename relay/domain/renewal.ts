/**
 * Renewals: re-sends that change nothing. Prometheus repeats each alert every minute while it fires, and its resolved for a
 * quarter of an hour; such a repeat only says that the incident's sender is still there. It moves the incident's end, and is
 * neither logged nor counted.
 *
 * @module
 */
import { sameValue } from "../base/same_value.ts";
import type { Alert } from "./alert.ts";
import { type Incident, isOver, lastSign } from "./incident.ts";
import { isRenewing } from "./occurrence.ts";
import { isDuplicate, isNotified } from "./outcome.ts";
import type { Routing } from "./record.ts";

/**
 * After a start no incident ends before its sender could repeat it. At most this long, in milliseconds: a sender may also
 * name an end that is days away, and does not repeat the alert until then.
 */
const MAX_GRACE = 15 * 60_000;

/** Prometheus repeats a resolved alert for so long, in milliseconds. https://github.com/prometheus/prometheus/blob/main/rules/alerting.go (`resolvedRetention`) */
const RESOLVED_REPEATS = 15 * 60_000;

/** A renewal that arrives late: the last repeat may be as old as a resend delay. */
const LATE = 60_000;

/** The renewals of an incident since its newest logged alert. */
export interface Renewal {
  /** The id of the incident. */
  readonly incident: string;
  /** The time of the last repeat. */
  readonly at: number;
  /** Its end, in milliseconds after that. */
  readonly clearsAfter: number;
  /** The longest time between two repeats, in milliseconds. */
  readonly resends: number;
}

/** The end of an incident that its sender does not send again; `Infinity` when only a resolved alert ends it. */
export function lapsesAt(
  incident: Pick<Incident, "dialect" | "lastAt" | "reopenedAt" | "clearsAfter">,
  { upSince = 0 }: { upSince?: number | undefined } = {},
): number {
  const { dialect, clearsAfter } = incident;
  if (clearsAfter === undefined) return Infinity;
  const end = lastSign(incident) + clearsAfter;
  return isRenewing(dialect) ? Math.max(end, upSince + Math.min(clearsAfter, MAX_GRACE)) : end;
}

/** The life of an incident after a firing alert. As in Alertmanager, a repeat that names an earlier end does not shorten it. */
export function lifeAfter(
  open: Pick<Incident, "lastAt" | "clearsAfter"> | undefined,
  { dialect, clearsAfter, now }: { dialect: string; clearsAfter: number | undefined; now: number },
): Pick<Incident, "clearsAfter"> {
  if (clearsAfter === undefined) return {};
  const left = open?.clearsAfter === undefined ? 0 : open.lastAt + open.clearsAfter - now;
  return { clearsAfter: isRenewing(dialect) ? Math.max(clearsAfter, left) : clearsAfter };
}

/** The time until which an incident that a person closed is kept: its sender may repeat it later if the relay was stopped. */
export function repeatableUntil(
  { dialect, lastAt }: Pick<Incident, "dialect" | "lastAt">,
  clearsAfter: number,
): number {
  return lastAt + clearsAfter + (isRenewing(dialect) ? MAX_GRACE : 0);
}

/** The time until which a closed incident is kept, to recognise repeats of its resolved alert. */
export function repeatsEnd({ dialect, closedAt }: Pick<Incident, "dialect" | "closedAt">): number {
  return isRenewing(dialect) ? (closedAt ?? 0) + RESOLVED_REPEATS + LATE : 0;
}

/** An incident with the renewals since its newest logged alert. */
export function renewed(incident: Incident, renewal: Renewal | undefined): Incident {
  if (!renewal || renewal.incident !== incident.id || renewal.at <= incident.lastAt) return incident;
  const { at, clearsAfter, resends } = renewal;
  return { ...incident, lastAt: at, clearsAfter, resends: Math.max(resends, incident.resends ?? 0) };
}

/** An alert's decision, if it were logged. */
interface Decision {
  readonly alert: Pick<Alert, "startsAt">;
  readonly incident: Incident | undefined;
  readonly routing: readonly Routing[];
}

/**
 * Whether an alert changes nothing: it notifies no group, and its incident stays as it is.
 *
 * @param before The newest incident of its fingerprint
 * @param suppression The suppression of the alert before it, if that is known
 */
export function changesNothing(
  before: Incident | undefined,
  { alert, incident: after, routing }: Decision,
  suppression: string | undefined,
): boolean {
  if (routing.some(({ outcome }) => isNotified(outcome))) return false;
  const isSuppressedAsBefore = suppressionOf(routing) === suppression;
  if (after === undefined && before && isOver(before)) {
    return isSuppressedAsBefore || (alert.startsAt ?? 0) <= before.closedAt!;
  }
  return (isSuppressedAsBefore || routing.every(({ outcome }) => isDuplicate(outcome))) &&
    sameValue(lasting(before), lasting(after));
}

/** The suppression of an alert, as a text that is equal for equal reasons; empty without one. */
export function suppressionOf(routing: readonly Routing[]): string {
  return routing.flatMap(({ group, outcome }) => {
    if (outcome.kind !== "suppressed") return [];
    const { kind: _, ...by } = outcome;
    return [`${group} ${Object.values(by).join(" ")}`];
  }).join("\n");
}

/** An incident without the fields that every alert changes. */
function lasting(incident: Incident | undefined): Partial<Incident> | undefined {
  if (!incident) return undefined;
  const { lastAt: _at, lastId: _id, count: _count, resends: _resends, clearsAfter: _clears, ...rest } =
    incident;
  return rest;
}

/**
 * Whether a renewal must be stored: the stored end would come within half a life, or before its sender is expected twice.
 *
 * @param options `storedEnd`: the incident's end as it is stored · `within`: also when it would come within so many milliseconds
 */
export function isStoreDue(
  { at, clearsAfter, resends }: Renewal,
  { storedEnd, within }: { storedEnd: number; within: number },
): boolean {
  return storedEnd < at + clearsAfter && storedEnd < at + Math.max(clearsAfter / 2, 2 * resends, within);
}
