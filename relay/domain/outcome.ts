/**
 * The reason why a group is notified of an alert. `flapping`: it comes and goes, and the group is not notified again
 * until it is stable · `settled`: it is stable again · `reminder`: it is critical, and nobody has acknowledged it ·
 * `escalation`: nobody has acknowledged it in time · `expired`: an acknowledgement or a snooze has expired ·
 * `reopened`: it was closed too early.
 */
export type AlertReason =
  | "first"
  | "repeat"
  | "changed"
  | "resolved"
  | "reminder"
  | "flapping"
  | "settled"
  | "escalation"
  | "expired"
  | "reopened";

/**
 * People's actions on an incident, and missed deadlines. `acknowledged`: it has a holder, or another one · `closed`:
 * a person declares that it is over · `unacknowledged`: the acknowledgement was withdrawn, or has expired ·
 * `escalated`: others are notified, because nobody acknowledged it.
 */
export type ChannelEvent = "acknowledged" | "unacknowledged" | "escalated" | "closed";

/** The reason why a message is sent: an alert, or a person's action on its incident. */
export type Reason = AlertReason | ChannelEvent;

const EVENTS: ReadonlySet<Reason> = new Set(["acknowledged", "unacknowledged", "escalated", "closed"]);

/** Whether a message of this reason is a {@linkcode ChannelEvent}: it shows an action, and need not notify. */
export function isEvent(reason: Reason): reason is ChannelEvent {
  return EVENTS.has(reason);
}

/** The reason why a group is not notified, other than that the alert is a duplicate. */
export type Suppression =
  | "nothing_open"
  | "no_destination"
  | "silence"
  /** Another incident inhibits it. */
  | "inhibited"
  | "acknowledged"
  /** A person closed the incident, and its sender has not stopped. */
  | "closed"
  | "flapping"
  /** A late peer of a high-availability pair sent it: a firing is held, a resolved belongs to an earlier occurrence. */
  | "late_peer"
  /** It is a heartbeat: the group is notified only of its absence. */
  | "heartbeat";

/** The group was notified; stored as `told`. */
export interface Notified {
  readonly kind: "told";
  readonly reason: AlertReason;
  /** With `repeat`: it is a re-send, not a new occurrence. */
  readonly still?: true;
  /** Duplicates since the group was last notified. */
  readonly folded: number;
  /** The end of the quiet hours that hold it. */
  readonly held?: number;
  /** The time at which the message of its message group is sent. */
  readonly flush?: number;
}

/** The alert is a duplicate within a window; stored as `folded`. */
export interface Duplicate {
  readonly kind: "folded";
  /** It is a re-send, not a new occurrence. */
  readonly still?: true;
}

/** The group was not notified, for a reason. */
export interface Suppressed {
  readonly kind: "suppressed";
  readonly by: Suppression;
  /** With `by: "silence"`: the id of the silence. */
  readonly silence?: string;
  /** With `by: "inhibited"`: the id of the incident that inhibits it. */
  readonly incident?: string;
}

/** The outcome of one alert for one group. */
export type Outcome = Notified | Duplicate | Suppressed;

/** Whether the group was notified. */
export function isNotified(outcome: Outcome): outcome is Notified {
  return outcome.kind === "told";
}

/** Whether the alert is a duplicate for the group. */
export function isDuplicate(outcome: Outcome): outcome is Duplicate {
  return outcome.kind === "folded";
}

/** Whether the group is intentionally not notified, as for a duplicate: a success to the sender. */
export function isHushed(outcome: Outcome): boolean {
  if (isDuplicate(outcome)) return true;
  return outcome.kind === "suppressed" &&
    ["silence", "inhibited", "acknowledged", "closed", "flapping", "heartbeat"].includes(outcome.by);
}
