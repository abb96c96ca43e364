import type { Flap } from "./flap.ts";
import type { Escalation } from "./escalation.ts";
import type { Late } from "./late_peer.ts";
import type { Severity } from "./severity.ts";
import type { TimelineState } from "./timeline.ts";

/** The dedup period of one group and one fingerprint. It ends at `until`, regardless of other records. */
export interface Window {
  readonly until: number;
  /** The severity that the group was last notified of. */
  readonly severity: Severity;
  /** The id of the alert that the group was notified of. */
  readonly told: string;
  /** The time of the notification. */
  readonly at: number;
  /** The time of the last reminder, and the number of reminders. */
  readonly reminded?: {
    readonly at: number;
    readonly count: number;
    /** The sender had stopped: there is no further reminder until it sends the alert again. */
    readonly final?: true;
  };
  /** The number of duplicates since then; re-sends do not count. */
  readonly folded: number;
  /** A silence or another incident has suppressed alerts since then: the group is notified of the first one after that. */
  readonly silenced?: true;
  /** The number of deliveries of the notification, and the ids of the dead ones. If all are dead, nobody was notified. */
  readonly deliveries: number;
  readonly dead: readonly string[];
}

/** The message group of an incident, and the flush that it was last notified at, or will be. */
export interface GroupedMessage {
  readonly key: string;
  /** Epoch milliseconds. */
  readonly due: number;
}

/** The inhibition of an open incident. */
export interface Inhibited {
  /** The id of the incident that inhibits it. */
  readonly by: string;
  /** The id of its newest alert that was inhibited: it is decided again when the inhibition ends. */
  readonly alert: string;
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
  /** The windows by group id. */
  readonly windows: Readonly<Record<string, Window>>;
  /** The start of its newest occurrence; `undefined` if its sender gives none. */
  readonly startsAt?: number;
  /** The longest time between an alert and its re-send, in milliseconds; absent while there was no re-send. */
  readonly resends?: number;
  /** Milliseconds of silence after which it counts as resolved. */
  readonly clearsAfter?: number;
  /** `null` while it is open. */
  readonly closedAt: number | null;
  /** Set if its sender was silent for so long that it left the list of open incidents. It was not resolved. */
  readonly stale?: true;
  /** For a closed incident: a firing that arrived after its own resolved. */
  readonly late?: Late;
  /** The time at which a person reopened it, if no alert has come since. */
  readonly reopenedAt?: number;
  /** For a closed incident: the person who closed it. */
  readonly closedBy?: string;
  /** For one that a person closed: the time at which its sender resolved it after that. */
  readonly resolvedAt?: number;
  /** For an open incident: its newest alert notified nobody, because another incident inhibits it. */
  readonly inhibited?: Inhibited;
  /** Acknowledged by a person, or over. */
  readonly known: boolean;
  /** The person who acknowledged it, the time, and the note. */
  readonly knownBy?: string;
  readonly knownAt?: number;
  /** The newest note. */
  readonly memo?: string;
  /** The end of the acknowledgement or the snooze; without it, it does not expire. */
  readonly knownUntil?: number;
  /** It has no holder, and nobody is notified of it until `knownUntil`. */
  readonly snoozed?: true;
  /** Its holder: the person who took it, or to whom it was assigned. */
  readonly holder?: string;
  /** The time at which a person first acknowledged, took or closed it. */
  readonly answeredAt?: number;
  /** The progress of its escalation, by group id. */
  readonly escalations?: Readonly<Record<string, Escalation>>;
  /** For a closed incident: the ids of its notified groups. While it is open they are in `windows`. */
  readonly told?: readonly string[];
  /** The state that determines its next timeline entry. */
  readonly timeline?: TimelineState;
  /** The last message, by the id of a group with grouped notifications. */
  readonly messages?: Readonly<Record<string, GroupedMessage>>;
  /** The flapping, by the id of a group that damps it. The next incident of the fingerprint inherits it. */
  readonly flaps?: Readonly<Record<string, Flap>>;
}

/** Whether every delivery of the notification died. */
export function nobodyNotified({ dead, deliveries }: Pick<Window, "dead" | "deliveries">): boolean {
  return deliveries > 0 && dead.length >= deliveries;
}

/** The last sign that an incident is not over: its newest alert, or its reopening by a person. */
export function lastSign({ lastAt, reopenedAt = lastAt }: Pick<Incident, "lastAt" | "reopenedAt">): number {
  return Math.max(lastAt, reopenedAt);
}

/** Whether an incident was silent for so long that it leaves the list of open ones. */
export function isStale(
  incident: Pick<Incident, "lastAt" | "reopenedAt">,
  { now, staleAfter }: { now: number; staleAfter: number },
): boolean {
  return lastSign(incident) + staleAfter <= now;
}

/** Whether an incident is over: closed, and not only stale. */
export function isOver({ closedAt, stale }: Pick<Incident, "closedAt" | "stale">): boolean {
  return closedAt !== null && stale !== true;
}

/** The end of an incident; for a stale one, its last alert. */
export function endOf({ closedAt, stale, lastAt }: Incident, now: number): number {
  return stale ? lastAt : closedAt ?? now;
}

/** Whether an incident counts as resolved because its sender, which only repeats it, has stopped. */
export function isOverdue(incident: Incident, now: number): boolean {
  const { clearsAfter } = incident;
  return clearsAfter !== undefined && lastSign(incident) + clearsAfter <= now;
}

/** The closed incident; its windows end with it. Its escalations stay, for the case that it is reopened. */
export function closed(incident: Incident, closedAt: number): Incident {
  const { stale: _stale, reopenedAt: _reopened, knownUntil: _until, snoozed: _snoozed, ...open } = incident;
  const { inhibited: _inhibited, ...rest } = open;
  return { ...rest, windows: {}, told: notifiedGroups(incident), closedAt };
}

/** The stale incident, which leaves the list of open ones. It keeps its windows, and so its notified groups. */
export function retired(incident: Incident, now: number): Incident {
  return { ...incident, closedAt: now, stale: true };
}

/** The ids of the groups that were notified of an incident. */
export function notifiedGroups({ windows, told }: Pick<Incident, "windows" | "told">): readonly string[] {
  return told ?? Object.keys(windows);
}

/** The end of a delivery's incident. */
export interface Ending {
  /** The time of the end, in epoch milliseconds; `null` if its records are gone. */
  readonly endedAt: number | null;
}
