/**
 * The stored records of the log, the outbox and the deliveries.
 *
 * An alert's id is its log page's id (a ULID) and its index in it, so the id alone finds the record. A delivery's id is
 * its alert's id and its number among the alert's deliveries.
 *
 * @module
 */
import type { Alert, Labels, Status } from "./alert.ts";
import type { Card } from "./card.ts";
import type { Group } from "./group.ts";
import type { Handling } from "./handling.ts";
import { sha256Hex } from "../base/hash.ts";
import type { RoutedBy } from "./rules.ts";
import type { Severity } from "./severity.ts";
import { utf8Bytes } from "../base/text.ts";
import type { Recipients, Step } from "./verdict.ts";
import type { Outcome, Reason } from "./outcome.ts";

/** One group that an alert was routed to, and the outcome. */
export interface Routing {
  readonly group: string;
  readonly by: RoutedBy;
  /** The rule's index in the configuration. */
  readonly rule?: number;
  readonly outcome: Outcome;
  /** The destinations of the deliveries, in the order of their numbers. */
  readonly destinations?: readonly string[];
}

/** Bytes of an alert's routing to these groups in the log, at most. */
export function mostRoutingBytes(groups: readonly Group[]): number {
  return groups.reduce((sum, { id, destinations }) => {
    const ids = destinations.reduce((sum, { id }) => sum + utf8Bytes(id) + 3, 0);
    return sum + 150 + utf8Bytes(id) + ids;
  }, 0);
}

/** An alert in the log. */
export interface LoggedAlert {
  readonly id: string;
  /** The time of receipt. */
  readonly at: number;
  readonly fingerprint: string;
  /** The id of its incident; `null` for a resolved one with nothing open. */
  readonly incident: string | null;
  /** Of a duplicate only the fields that may differ from the notified alert. */
  readonly alert: Alert | DuplicateAlert;
  readonly routing: readonly Routing[];
  /** The numbers of the rules' groups and destinations over the reach of one alert; they were not notified. */
  readonly beyond?: { readonly groups: number; readonly destinations: number };
}

/** The logged fields of an alert that is a duplicate for every group. */
export interface DuplicateAlert {
  readonly status: Status;
  readonly severity: Severity;
  readonly startsAt: number | null;
}

/** Whether the log stores the alert whole. */
export function isWhole(alert: Alert | DuplicateAlert): alert is Alert {
  return "title" in alert;
}

/** The alert of a log record, if the log stores it whole. */
export function wholeIn(logged: LoggedAlert | undefined): Alert | undefined {
  return logged && isWhole(logged.alert) ? logged.alert : undefined;
}

/** The labels of a logged alert; empty if they are not stored. */
export function labelsIn(logged: LoggedAlert | undefined): Labels {
  return wholeIn(logged)?.labels ?? {};
}

/** A delivery that is queued in a lane. */
export interface Queued {
  readonly id: string;
  /** The alert's id. */
  readonly alert: string;
  readonly fingerprint: string;
  readonly group: string;
  /** The destination's id. */
  readonly destination: string;
  readonly reason: Reason;
  readonly severity: Severity;
  /** With the reason `repeat`: it is a re-send, not a new occurrence. */
  readonly still?: true;
  /** On the last reminder, after which reminders stop: when the sender last sent the alert. */
  readonly stoppedAt?: number;
  /**
   * The name of the person who acted. With the reason `escalated`: the target of the escalation, as a text; with
   * `expired`: the former holder. Missing with `unacknowledged` if the acknowledgement expired.
   */
  readonly person?: string;
  /** The person's text: the reason for closing or reopening it. */
  readonly remark?: string;
  /** The handling of the incident after the action, or until it was resolved. */
  readonly handling?: Handling;
  /** Duplicates since the group was last notified. */
  readonly folded: number;
  /** Deliveries of one payload may share a message; when a shared message is retried, it is that message's id. */
  readonly payload: string;
  /** The time at which the alert was received. */
  readonly at: number;
  /** The begin of its wait, if later than `at`: after quiet hours, or when a person sent it again. */
  readonly since?: number;
  /**
   * Held until `due`: by quiet hours, after which it is sent together with the others that they hold, or until the next flush of
   * its message group.
   */
  readonly held?: "quiet" | "group";
  /** With `held: "group"`: the key of its message group. */
  readonly messageGroup?: string;
  /** Set when it was dead and a person sent it again. */
  readonly again?: ByPerson;
  /** Set on a fallback's delivery: the delivery that it replaces. */
  readonly instead?: Instead;
  /** Attempts so far; a throttle does not count. `undefined` = never sent, so it has no record yet. */
  readonly tries?: number;
  /** The time of the first attempt. */
  readonly firstTry?: number;
  /** The due time. */
  readonly due?: number;
  /** Set when the last attempt handed it over and it may have arrived: no digest includes it before it is due. */
  readonly handedOver?: true;
  /** The number of times that it was handed over and may have arrived; earlier versions did not count. */
  readonly doubts?: number;
  /** Set when the channel's own code failed, at this time: a relay that was started later may have a fixed plugin. */
  readonly brokenAt?: number;
  /** Whether the vendor refused the payload: the next try is plain, short and the last. */
  readonly plain?: boolean;
  /**
   * Set when only some of its recipients got the message: of one payload, or a digest. The others get the same message, whose id
   * is then `payload`, and later alerts do not wait for it.
   */
  readonly partly?: "message" | "digest";
}

/** The delivery as if it had never been tried or held back. */
export function asNew(
  {
    tries: _tries,
    firstTry: _firstTry,
    due: _due,
    handedOver: _handedOver,
    doubts: _doubts,
    brokenAt: _brokenAt,
    plain: _plain,
    held: _held,
    messageGroup: _messageGroup,
    ...delivery
  }: Queued,
): Queued {
  return delivery;
}

/** The delivery that another one replaces. */
export interface Instead {
  /** The id of the failed delivery, and its destination's id. */
  readonly delivery: string;
  readonly destination: string;
  /** The vendor's answer, and when it was given. */
  readonly because: string;
  readonly at: number;
}

/** An action of a person on a delivery. */
export interface ByPerson {
  readonly at: number;
  readonly by: string;
  readonly note?: string;
}

/** The stored record of one attempt. */
export interface AttemptRecord {
  readonly at: number;
  readonly ms: number;
  /** Method and address, without secrets. */
  readonly request?: string;
  /** The HTTP status. */
  readonly status?: number;
  readonly verdict: "delivered" | "throttled" | "retry" | "refused" | "skipped";
  /** The vendor's words; the relay's if there was no answer. */
  readonly because: string;
  /** The step of the conversation that failed, if it was not the message itself. */
  readonly step?: Step;
  /** A problem on the relay's side, such as a template that failed. */
  readonly problem?: string;
  /** The number of deliveries that shared the message. */
  readonly together?: number;
  /** The recipient's member id, for a channel with `per: "recipient"`. */
  readonly recipient?: string;
}

/**
 * The reason of a delivery's suppression: the fallback took over, the channel skipped it, or at the flush of its
 * message group a silence covered the alert or another incident inhibited it.
 */
export type SuppressedBy = "fallback" | "channel" | "silence" | "inhibited";

/** The state of a delivery as lists show it. */
export type ShownState = Delivery["state"] | "skipped" | "silenced" | "inhibited";

/** The same, by its record. */
export function shownState({ state, by }: Pick<Delivery, "state" | "by">): ShownState {
  if (state !== "suppressed" || by === undefined || by === "fallback") return state;
  return by === "channel" ? "skipped" : by === "silence" ? "silenced" : "inhibited";
}

/** The record of a delivery. */
export interface Delivery {
  readonly id: string;
  readonly alert: string;
  readonly fingerprint: string;
  readonly group: string;
  readonly destination: string;
  readonly reason: Reason;
  readonly state: "pending" | "delivered" | "suppressed" | "dead";
  /** With `suppressed`: the reason of the suppression. */
  readonly by?: SuppressedBy;
  /**
   * The vendor's words for `delivered`, the reason for `dead`, `suppressed` and `pending`. With `silence` and
   * `inhibited` the id of the silence or of the inhibiting incident.
   */
  readonly because: string;
  readonly severity: Severity;
  /** The id of the digest that covered it. */
  readonly digest?: string;
  /** Set on a fallback's delivery: the delivery that it replaces. */
  readonly instead?: Instead;
  /** Set when it was dead and a person sent it again. */
  readonly again?: ByPerson;
  /** Set when a person removed it from the dead letters. */
  readonly dropped?: ByPerson;
  readonly at: number;
  /** The time at which its last verdict was written. */
  readonly settledAt?: number;
  readonly attempts: readonly AttemptRecord[];
  /** The ids of the members whom the last message notified: those on call then. Absent without a message. */
  readonly to?: readonly string[];
  /** Which recipients it reached, unless it reached all of them. */
  readonly recipients?: Recipients;
  /** The last message sent. Deliveries that shared it refer to the first of them. A digest has a record of its own. */
  readonly sent?: SentMessage | { readonly id: string; readonly with: string };
}

/** A message as it was sent. A long one is stored without its HTML, then without its end. */
export interface SentMessage {
  /** The message's idempotency key. */
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly html?: string;
  /** Set for plain text: the short message after a refusal, or a text that the sender wrote. */
  readonly plain?: true;
  /** The frame of the vendor's client. */
  readonly card?: Card;
}

/** A dead delivery with its alert, so that it can be read and sent again after its alert has left the log. */
export interface DeadLetter {
  readonly entry: Queued;
  readonly because: string;
  readonly diedAt: number;
  /** `undefined` when the alert's record was gone before the delivery died. */
  readonly alert?: Alert;
}

/** The record of a digest: a message with one line an alert. */
export interface DigestRecord {
  readonly id: string;
  /** The destination's id. */
  readonly destination: string;
  readonly at: number;
  readonly title: string;
  readonly body: string;
  /** The number of incidents with a line of their own; the others are only counted. */
  readonly shown: number;
  readonly incidents: number;
  /** The ids of the deliveries. */
  readonly deliveries: readonly string[];
}

/** Alerts in one page, at most, so that indexes have three digits and sort. */
export const PAGE_ALERTS = 999;

/** The id of the alert at an index of a page. */
export function alertId(page: string, index: number): string {
  return `${page}-${String(index).padStart(3, "0")}`;
}

/** The length of an alert's id: a ULID and an index of three digits. */
const ALERT_ID = 30;

/** The page and the index in an alert's id; `undefined` when the text is no alert's id. */
export function parseAlertId(id: string): { page: string; index: number } | undefined {
  const match = /^([0-9A-HJKMNP-TV-Z]{26})-(\d{3})$/.exec(id);
  return match ? { page: match[1]!, index: Number(match[2]) } : undefined;
}

/** The id of the `number`-th delivery of an alert. */
export function deliveryId(alert: string, number: number): string {
  return `${alert}-${number}`;
}

/** The id of the alert that a delivery's id begins with: `…-2`, `…-2-fallback`, `…-reminder-…`. */
export function alertIdOf(delivery: string): string {
  return delivery.slice(0, ALERT_ID);
}

/** Whether a text can be the id of a delivery. */
export function isDeliveryId(text: string): boolean {
  return parseAlertId(alertIdOf(text)) !== undefined && /^-[\w-]{1,60}$/.test(text.slice(ALERT_ID));
}

/** Whether a delivery follows up on an earlier notification: no alert was accepted for it. `id`: the delivery's. */
export function isFollowUp(id: string): boolean {
  return !/^-\d/.test(id.slice(ALERT_ID));
}

/** The prefix of an alert's reminder ids, which sort after its deliveries' ids and before later alerts'. */
export function reminderIds(alert: string): string {
  return `${alert}-reminder`;
}

/** The prefix of the ids of a step's deliveries. `group`: the group of the escalation. */
export function escalationIds(alert: string, group: string, now: number): string {
  return `${alert}${ESCALATION}${now.toString(36)}-${sha256Hex(group, 6)}`;
}

/** Whether a delivery belongs to a step of an escalation. */
export function isEscalationDelivery(id: string): boolean {
  return id.startsWith(ESCALATION, ALERT_ID);
}

const ESCALATION = "-escalation-";

/** The id of a delivery that has no alert of its own. `stem`: such as {@linkcode reminderIds}. */
export function derivedId(stem: string, destination: string): string {
  return `${stem}-${sha256Hex(destination, 12)}`;
}
