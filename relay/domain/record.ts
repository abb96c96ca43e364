/**
 * What is stored of an alert on its way: the words of the log, the outbox and the deliveries.
 *
 * An alert's id is its log page's id (a ULID) and its index in it, so the id alone finds the record. A delivery's id is
 * its alert's id and its number among the alert's deliveries.
 *
 * @module
 */
import type { Alert, Labels, Status } from "./alert.ts";
import type { Card } from "./card.ts";
import type { Group } from "./group.ts";
import { sha256Hex } from "../base/hash.ts";
import type { RoutedBy } from "./rules.ts";
import type { Severity } from "./severity.ts";
import { utf8Bytes } from "../base/text.ts";
import type { Recipients, Step } from "./verdict.ts";
import type { Outcome, Reason } from "./outcome.ts";

/** One group that an alert was routed to, and what came of it. */
export interface Routing {
  readonly group: string;
  readonly by: RoutedBy;
  /** The rule's index in the configuration. */
  readonly rule?: number;
  readonly outcome: Outcome;
  /** The destinations of the deliveries, in the order of their numbers. */
  readonly destinations?: readonly string[];
}

/** What the log may say of an alert that goes to these groups, in bytes at most. */
export function mostRoutingBytes(groups: readonly Group[]): number {
  return groups.reduce((sum, { id, destinations }) => {
    const ids = destinations.reduce((sum, { id }) => sum + utf8Bytes(id) + 3, 0);
    return sum + 150 + utf8Bytes(id) + ids;
  }, 0);
}

/** An alert in the log. */
export interface LoggedAlert {
  readonly id: string;
  /** When it was received. */
  readonly at: number;
  readonly fingerprint: string;
  /** The id of its incident; `null` for a resolved one with nothing open. */
  readonly incident: string | null;
  /** Of a duplicate only what may differ from the alert that was notified. */
  readonly alert: Alert | FoldedAlert;
  readonly routing: readonly Routing[];
}

/** What the log stores of an alert that is a duplicate for every group. */
export interface FoldedAlert {
  readonly status: Status;
  readonly severity: Severity;
  readonly startsAt: number | null;
}

/** Whether the log stores the alert whole. */
export function isWhole(alert: Alert | FoldedAlert): alert is Alert {
  return "title" in alert;
}

/** The alert of a record of the log, where the log stores it whole. */
export function wholeIn(logged: LoggedAlert | undefined): Alert | undefined {
  return logged && isWhole(logged.alert) ? logged.alert : undefined;
}

/** The labels of an alert of the log; none where they are not stored. */
export function labelsIn(logged: LoggedAlert | undefined): Labels {
  return wholeIn(logged)?.labels ?? {};
}

/** A delivery that waits in a lane. */
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
  /** With the reason `repeat`: it is no new occurrence, but still fires. */
  readonly still?: true;
  /** With the reason `reminder`, of the last one: when its sender sent it last. */
  readonly stoppedAt?: number;
  /** Duplicates since the group was last notified. */
  readonly folded: number;
  /** Deliveries of one payload may share a message; once they have, and are to be tried again, it is that message's id. */
  readonly payload: string;
  /** When the alert was received. */
  readonly at: number;
  /** When its waiting began, where that was later: after quiet hours, or when a person sent it again. */
  readonly since?: number;
  /** It was held back for the group's quiet hours, and goes with all others that were, at `due`. */
  readonly held?: "quiet";
  /** It was dead, and was sent again. */
  readonly again?: ByPerson;
  /** It goes here because another destination could not take it. */
  readonly instead?: Instead;
  /** Attempts so far; a wait for a throttle is none. `undefined`: it was never sent, so there is no record of it yet. */
  readonly tries?: number;
  /** When it was first tried. */
  readonly firstTry?: number;
  /** Not before. */
  readonly due?: number;
  /** The last attempt handed it over with an unknown result, so it may have arrived: no digest includes it before it is due. */
  readonly handedOver?: true;
  /** The vendor refused it as it was: the next try is plain, short and the last. */
  readonly plain?: boolean;
  /**
   * Some of its recipients have the message. The others get the same message, with the id `payload`, on its own, and later
   * alerts do not wait for it. It was a message of one payload, or a digest.
   */
  readonly partly?: "message" | "digest";
}

/** The delivery that another one replaces. */
export interface Instead {
  /** The delivery that could not be made, and its destination's id. */
  readonly delivery: string;
  readonly destination: string;
  /** What the vendor answered, and when. */
  readonly because: string;
  readonly at: number;
}

/** What a person did to a delivery. */
export interface ByPerson {
  readonly at: number;
  readonly by: string;
  readonly note?: string;
}

/** What is stored of one try at a vendor. */
export interface AttemptRecord {
  readonly at: number;
  readonly ms: number;
  /** Method and address, without secrets. */
  readonly request?: string;
  /** The HTTP status. */
  readonly status?: number;
  readonly verdict: "delivered" | "throttled" | "retry" | "refused";
  /** The vendor's words, or ours where there was no answer. */
  readonly because: string;
  /** The step of the conversation that failed, if it was not the message itself. */
  readonly step?: Step;
  /** What went wrong on our side on the way, such as a template that failed. */
  readonly problem?: string;
  /** How many deliveries shared the message. */
  readonly together?: number;
}

/** What became of a delivery. */
export interface Delivery {
  readonly id: string;
  readonly alert: string;
  readonly fingerprint: string;
  readonly group: string;
  readonly destination: string;
  readonly reason: Reason;
  readonly state: "pending" | "delivered" | "suppressed" | "dead";
  /** With `suppressed`: the next destination took over. */
  readonly by?: "fallback";
  /** In words: the vendor's for `delivered`, why for `dead`, what it waits for while `pending`. */
  readonly because: string;
  readonly severity: Severity;
  /** The id of the digest that names it. */
  readonly digest?: string;
  /** It was made because another destination could not take it. */
  readonly instead?: Instead;
  /** It was dead, and was sent again: when, and by whom. */
  readonly again?: ByPerson;
  /** A person took it off the list of the dead. */
  readonly dropped?: ByPerson;
  readonly at: number;
  /** When its last verdict was written. */
  readonly settledAt?: number;
  readonly attempts: readonly AttemptRecord[];
  /** Whom it reached and whom not, if not everybody was reached. */
  readonly recipients?: Recipients;
  /** The last message that went to the vendor; of several that shared it the first one has it. A digest is kept by itself. */
  readonly sent?: SentMessage | { readonly id: string; readonly with: string };
}

/** A message as it was sent, as far as that may be kept: of a long one the mail's page is left out, then its end. */
export interface SentMessage {
  /** The message's own, its idempotency key. */
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly html?: string;
  /** It is plain text, whatever the channel's form: the short message after a refusal, or a text that the sender wrote. */
  readonly plain?: true;
  /** How the vendor's client framed it. */
  readonly card?: Card;
}

/** A dead delivery, with all that is needed to read it and to send it again when the log has forgotten its alert. */
export interface DeadLetter {
  readonly entry: Queued;
  readonly because: string;
  readonly diedAt: number;
  /** `undefined` when it was lost before the delivery died. */
  readonly alert?: Alert;
}

/** A message about many alerts, a line each. */
export interface DigestRecord {
  readonly id: string;
  /** The destination's id. */
  readonly destination: string;
  readonly at: number;
  readonly title: string;
  readonly body: string;
  /** How many of the incidents have a line of their own; the others are only counted. */
  readonly shown: number;
  readonly incidents: number;
  /** The ids of the deliveries. */
  readonly deliveries: readonly string[];
}

/** Alerts in one page at most, so that indexes have three digits and sort. */
export const PAGE_ALERTS = 999;

/** The id of the alert at an index of a page. */
export function alertId(page: string, index: number): string {
  return `${page}-${String(index).padStart(3, "0")}`;
}

/** The length of an alert's id: a ULID and an index of three digits. */
const ALERT_ID = 30;

/** The page and the place that an alert's id names; `undefined` when it is none. */
export function parseAlertId(id: string): { page: string; place: number } | undefined {
  const match = /^([0-9A-HJKMNP-TV-Z]{26})-(\d{3})$/.exec(id);
  return match ? { page: match[1]!, place: Number(match[2]) } : undefined;
}

/** The id of the `number`-th delivery of an alert. */
export function deliveryId(alert: string, number: number): string {
  return `${alert}-${number}`;
}

/** The id of the alert that a delivery's id begins with, whatever came of it: `…-2`, `…-2-fallback`, `…-reminder-…`. */
export function alertIdOf(delivery: string): string {
  return delivery.slice(0, ALERT_ID);
}

/** Whether a text can be the id of a delivery. */
export function isDeliveryId(text: string): boolean {
  return parseAlertId(alertIdOf(text)) !== undefined && /^-[\w-]{1,60}$/.test(text.slice(ALERT_ID));
}

/** How the ids of all reminders of an alert begin: after those of its deliveries, and before any later alert's. */
export function reminderIds(alert: string): string {
  return `${alert}-reminder`;
}

/** The id of a delivery that no alert of its own brought. `stem`: such as {@linkcode reminderIds}. */
export function derivedId(stem: string, destination: string): string {
  return `${stem}-${sha256Hex(destination, 12)}`;
}
