import type { Flap } from "./flap.ts";
import type { Late } from "./late_peer.ts";
import type { Severity } from "./severity.ts";

/** The dedup period of one group and one fingerprint. Over when `until` is reached, whatever else is stored. */
export interface Window {
  readonly until: number;
  /** The worst severity that the group was told of. */
  readonly severity: Severity;
  /** The id of the alert that the group was told of. */
  readonly told: string;
  /** When it was told. */
  readonly at: number;
  /** When it was last reminded, and how often. */
  readonly reminded?: {
    readonly at: number;
    readonly count: number;
    /** The sender had stopped: there is no further reminder until it sends the alert again. */
    readonly final?: true;
  };
  /** Occurrences since then that it was not told of; re-sends do not count. */
  readonly folded: number;
  /** A silence has suppressed alerts since then: the first one after the silence is told. */
  readonly silenced?: true;
  /** Deliveries of the telling notification, and which of them died: when all did, nobody was told. */
  readonly deliveries: number;
  readonly dead: readonly string[];
}

/** All alerts with one fingerprint, from the first firing to resolved. */
export interface Incident {
  /** The id of its first alert. */
  readonly id: string;
  readonly fingerprint: string;
  readonly dialect: string;
  readonly title: string;
  readonly severity: Severity;
  readonly openedAt: number;
  readonly lastAt: number;
  /** The id of its newest alert: a later one sorts after it, even when another instance's clock is behind. */
  readonly lastId: string;
  readonly count: number;
  /** By group id. */
  readonly windows: Readonly<Record<string, Window>>;
  /** When its newest occurrence began; `undefined` when its sender does not say. */
  readonly startsAt?: number;
  /** The longest time between an alert and its re-send, in milliseconds; absent while there was no re-send. */
  readonly resends?: number;
  /** It counts as resolved after so many milliseconds of silence. */
  readonly clearsAfter?: number;
  /** `null` while it is open. */
  readonly closedAt: number | null;
  /** Its sender was silent for so long that it left the list of open incidents. Nobody said that it is over. */
  readonly stale?: true;
  /** Of a closed incident: a firing that came after its own resolved. */
  readonly late?: Late;
  /** Whether somebody knows of it: acknowledged by a person, or over by itself. */
  readonly known: boolean;
  /** Who acknowledged it, when, and what was said of it. */
  readonly knownBy?: string;
  readonly knownAt?: number;
  readonly memo?: string;
  /** Once it is over: the ids of the groups that were told of it. While it is open, its windows say so. */
  readonly told?: readonly string[];
  /** By group id, where the group damps flapping. The next incident of the fingerprint inherits it. */
  readonly flaps?: Readonly<Record<string, Flap>>;
}

/** Whether every delivery of the telling notification died. */
export function nobodyTold({ dead, deliveries }: Pick<Window, "dead" | "deliveries">): boolean {
  return deliveries > 0 && dead.length >= deliveries;
}

/** Whether an incident was silent for so long that it leaves the list of open ones. */
export function isStale(
  { lastAt }: Pick<Incident, "lastAt">,
  { now, staleAfter }: { now: number; staleAfter: number },
): boolean {
  return lastAt + staleAfter <= now;
}

/** Whether an incident is known to be over: closed, and not only silent. */
export function isOver({ closedAt, stale }: Pick<Incident, "closedAt" | "stale">): boolean {
  return closedAt !== null && stale !== true;
}

/** Until when an incident is known to have lasted. */
export function endOf({ closedAt, stale, lastAt }: Incident, now: number): number {
  return stale ? lastAt : closedAt ?? now;
}

/** Whether an incident counts as resolved, because its sender only repeats it and has stopped. */
export function isOverdue({ lastAt, clearsAfter }: Incident, now: number): boolean {
  return clearsAfter !== undefined && lastAt + clearsAfter <= now;
}

/** The incident once it is over: its windows end with it. */
export function closed({ stale: _, ...incident }: Incident, closedAt: number): Incident {
  return { ...incident, windows: {}, told: groupsTold(incident), closedAt };
}

/** The incident after a silence of its sender has taken it off the list of open ones. The notified groups stay known. */
export function fallenSilent(incident: Incident, now: number): Incident {
  return { ...incident, closedAt: now, stale: true };
}

/** The ids of the groups that were told of an incident. */
export function groupsTold({ windows, told }: Pick<Incident, "windows" | "told">): readonly string[] {
  return told ?? Object.keys(windows);
}
