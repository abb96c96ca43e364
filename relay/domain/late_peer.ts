/**
 * The late peer of a high-availability pair: one of two Alertmanagers has sent resolved, and the other one, which is behind,
 * still sends firing. A firing that follows its own resolved is held for a few minutes, and notified only if
 * nothing contradicts it.
 *
 * @module
 */
import type { Alert } from "./alert.ts";

/**
 * Alertmanager's default `group_interval`: the wait before it sends a changed group again.
 * https://prometheus.io/docs/alerting/latest/configuration/
 */
const GROUP_INTERVAL = 5 * 60_000;

/**
 * Alertmanager's default `--cluster.peer-timeout`: the wait of a peer for the previous one.
 * https://github.com/prometheus/alertmanager
 */
const PEER_TIMEOUT = 15_000;

/** Prometheus sets a firing alert's end to four times its resend delay (1 m): a peer without updates keeps it firing until then. */
const RESEND_TIMEOUT = 4 * 60_000;

/** The longest time after a resolved in which a late peer may send a firing of the same occurrence. */
export const PEER_LAG = RESEND_TIMEOUT + GROUP_INTERVAL + PEER_TIMEOUT;

/** The time that it is held: the late peer sends its own resolved within the next group interval. */
export const PEER_HOLD = GROUP_INTERVAL + PEER_TIMEOUT;

/** A firing that is held, or was held. */
export interface Late {
  /** The id of the alert. */
  readonly alert: string;
  readonly at: number;
  /** The time at which it is notified, unless an alert contradicts it. */
  readonly until: number;
  /** The outcome, and the id of the alert that decided it; `undefined` while it is held. */
  readonly end?: {
    readonly by: "contradicted" | "confirmed" | "newer";
    readonly alert: string;
    readonly at: number;
  };
}

/** The fields of a closed incident that identify its occurrence. */
interface EndedOccurrence {
  readonly closedAt: number | null;
  /** The start of its occurrence; `undefined` if the sender gives none, or did not resolve it itself. */
  readonly startsAt?: number;
  readonly late?: Late;
  /** Set when a person closed it, before its sender resolved it at `resolvedAt`. */
  readonly closedBy?: string;
  readonly resolvedAt?: number;
}

/** Whether a firing is held. */
export function isHeld({ late }: { readonly late?: Late | undefined }): boolean {
  return late !== undefined && late.end === undefined;
}

/** The time at which a closed incident is no longer needed to recognise a late peer. */
export function lagEnds({ closedAt, startsAt, late, closedBy, resolvedAt }: EndedOccurrence): number {
  if (closedAt === null || startsAt === undefined) return 0;
  if (closedBy !== undefined && resolvedAt === undefined) return 0;
  return (late?.end?.at ?? resolvedAt ?? closedAt) + PEER_LAG;
}

/**
 * The effect of an alert on a closed incident.
 *
 * @returns the incident's new `late`; `undefined` when the alert does not come from a late peer
 */
export function latePeer(
  over: EndedOccurrence,
  { status, startsAt }: Pick<Alert, "status" | "startsAt">,
  { id, now }: { id: string; now: number },
): Late | undefined {
  const { late } = over;
  const held = late && !late.end ? late : undefined;
  if (status === "resolved") return held && { ...held, end: { by: "contradicted", alert: id, at: now } };
  const isSame = startsAt !== null && over.startsAt !== undefined && startsAt <= over.startsAt;
  if (!isSame) return undefined;
  if (held) return now < held.until ? held : undefined; // a firing after that time confirms it
  return now < lagEnds(over) ? { alert: id, at: now, until: now + PEER_HOLD } : undefined;
}

/** The outcome of a held firing once a new incident has replaced the one that it followed. */
export function lateEnded(
  late: Late,
  next: { readonly id: string; readonly openedAt: number },
): Late {
  const { id: alert, openedAt: at } = next;
  return { ...late, end: { by: at < late.until ? "newer" : "confirmed", alert, at } };
}
