/**
 * The late peer of a high-availability pair: one of two Alertmanagers has said that an alert is over, and the other one,
 * which does not know it yet, says that it fires. The firing that follows its own resolved is held for a moment, and
 * notified only if nothing contradicts it.
 *
 * @module
 */
import type { Alert } from "./alert.ts";

/** Alertmanager's default `group_interval`: a group that changed is sent again after it. https://prometheus.io/docs/alerting/latest/configuration/ */
const GROUP_INTERVAL = 5 * 60_000;

/** Alertmanager's default `--cluster.peer-timeout`: how long a peer waits for the one before it. https://github.com/prometheus/alertmanager */
const PEER_TIMEOUT = 15_000;

/** Prometheus gives a firing alert an end of four times its resend delay (1 m): a peer that hears no more believes it so long. */
const RESEND_TIMEOUT = 4 * 60_000;

/** So long after a resolved a firing of the same occurrence may be a late peer's. */
export const PEER_LAG = RESEND_TIMEOUT + GROUP_INTERVAL + PEER_TIMEOUT;

/** So long it is held: the peer that sent it sends its resolved with the next round of its group. */
export const PEER_HOLD = GROUP_INTERVAL + PEER_TIMEOUT;

/** A firing that is held, or was. */
export interface Late {
  /** The id of the alert. */
  readonly alert: string;
  readonly at: number;
  /** It is notified then, unless something contradicts it. */
  readonly until: number;
  /** What came of it, and the id of the alert that decided it; `undefined` while it is held. */
  readonly end?: {
    readonly by: "contradicted" | "confirmed" | "newer";
    readonly alert: string;
    readonly at: number;
  };
}

/** What is known of an incident that is over, as far as this page cares. */
interface Over {
  readonly closedAt: number | null;
  /** When its occurrence began; `undefined` when its sender does not say, or was not the one that ended it. */
  readonly startsAt?: number;
  readonly late?: Late;
}

/** Whether a firing is held. */
export function isHeld({ late }: { readonly late?: Late | undefined }): boolean {
  return late !== undefined && late.end === undefined;
}

/** When an incident that is over is of no more use for telling a late peer. */
export function lagEnds({ closedAt, startsAt, late }: Over): number {
  if (closedAt === null || startsAt === undefined) return 0;
  return (late?.end?.at ?? closedAt) + PEER_LAG;
}

/**
 * What an alert means for an incident that is over.
 *
 * @returns what is to be remembered of the late peer; `undefined` when the alert has nothing to do with one
 */
export function latePeer(
  over: Over,
  { status, startsAt }: Pick<Alert, "status" | "startsAt">,
  { id, now }: { id: string; now: number },
): Late | undefined {
  const { late } = over;
  const held = late && !late.end ? late : undefined;
  if (status === "resolved") return held && { ...held, end: { by: "contradicted", alert: id, at: now } };
  const isSame = startsAt !== null && over.startsAt !== undefined && startsAt <= over.startsAt;
  if (!isSame) return undefined;
  if (held) return now < held.until ? held : undefined; // a firing after the moment confirms it
  return now < lagEnds(over) ? { alert: id, at: now, until: now + PEER_HOLD } : undefined;
}

/** What became of a held firing once another incident took the place of the one that it followed. */
export function lateEnded(
  late: Late,
  next: { readonly id: string; readonly openedAt: number },
): Late {
  const { id: alert, openedAt: at } = next;
  return { ...late, end: { by: at < late.until ? "newer" : "confirmed", alert, at } };
}
