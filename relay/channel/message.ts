import type { Authored, Labels, Link, Status } from "../domain/alert.ts";
import type { Member } from "../domain/member.ts";
import type { Reason } from "../domain/outcome.ts";
import type { Severity } from "../domain/severity.ts";
import type { Receipt } from "../domain/verdict.ts";
import type { Locale } from "../base/locale.ts";
import type { Where } from "../domain/where.ts";

/** A link with its text, in the group's language. */
export interface LabelledLink {
  /** The text of the link. */
  readonly title: string;
  /** Its address. */
  readonly url: string;
}

/** One alert inside a message. Times are epoch milliseconds. */
export interface MessageAlert {
  /** The id of the alert in the log. */
  readonly id: string;
  /** The same for all alerts of one incident. */
  readonly fingerprint: string;
  /** The reason why the group is notified of it. */
  readonly reason: Reason;
  /** The number of duplicates since the group was last notified. */
  readonly folded: number;
  /** With the reason `repeat`: the sender repeats an alert that has not stopped firing. */
  readonly still?: true;
  /** With the last reminder: the time at which the sender last sent the alert, in the group's zone. */
  readonly stopped?: string;
  /** Whether the problem is present or over. */
  readonly status: Status;
  /** Its severity. */
  readonly severity: Severity;
  /** The sender's own word for the severity, if it has another. */
  readonly severityText?: string;
  /** The text is complete, in the sender's own layout. */
  readonly verbatim?: true;
  /** The sender wrote it for a chat robot. */
  readonly authored?: true;
  /** The sender gave no status: `firing` is assumed. */
  readonly statusAssumed?: true;
  /** The number of further alerts that the sender left out of the same payload. */
  readonly truncated?: number;
  /** The part of the sender's request that was not understood: a sentence. */
  readonly notice?: string;
  /** The reason why it was sent to this destination instead of another: a sentence. */
  readonly instead?: string;
  /** Its recent frequency, for the only alert of a message: `30 天内第 9 次，通常约 25 分钟恢复`. */
  readonly recurrence?: string;
  /** The action on its incident, with its times: `李雷 已接手（03:12 起）`. */
  readonly event?: string;
  /** If it is resolved: the person who handled it: `由 李雷 处理（03:12 起）`. */
  readonly handled?: string;
  /**
   * For a dead delivery that a person sent again: a sentence with the times of the alert and of its end. If it has
   * ended since, it is `resolved` here, whatever the notification was about.
   */
  readonly resent?: string;
  /** One line of plain text. */
  readonly title: string;
  /** Plain text. */
  readonly text: string;
  /** The text as markdown that every vendor renders, if the sender wrote markup. */
  readonly markdown?: string;
  /** The labels that identify it. */
  readonly labels: Labels;
  /** The object of the alert, by the operator's `where_labels`. */
  readonly object?: Where;
  /** The sender's annotations. */
  readonly annotations: Labels;
  /** Its start; `null` if the sender gives none. */
  readonly startsAt: number | null;
  /** Its end; `null` while it fires, or if the sender gives none. */
  readonly endsAt: number | null;
  /** In the group's language and time zone. */
  readonly words: AlertWords;
  /** Its links, with their texts. */
  readonly links: readonly (Link & LabelledLink)[];
}

/** An alert's facts as words, in the group's language and time zone. */
export interface AlertWords {
  /** `告警中` */
  readonly status: string;
  /** `严重` */
  readonly severity: string;
  /** `2026-11-20 10:43:00`; missing if the sender gives none. */
  readonly began?: string;
  /** `2026-11-20 10:48:00`; missing while it fires. */
  readonly ended?: string;
  /** The duration of its firing so far, or in total: `1 小时 5 分`. */
  readonly lasted?: string;
}

/** A message's facts as words, in the group's language. */
export interface MessageWords {
  /** `告警中` */
  readonly status: string;
  /** `严重` */
  readonly severity: string;
  /** The text of a button that opens the incident: `查看`. */
  readonly open: string;
  /** The text of a button that acknowledges it: `确认`. */
  readonly acknowledge: string;
  /** The text of a button that takes it: `接手`. */
  readonly take: string;
  /** The text of a button that snoozes it: `暂停通知 1 小时`. */
  readonly snooze: string;
  /** The action on the incident, with its times: `李雷 已接手（03:12 起）`, `已升级给 王芳（03:22）`. */
  readonly event?: string;
  /** If it is resolved: the person who handled it: `由 李雷 处理（03:12 起）`. */
  readonly handled?: string;
}

/** The handling of an incident, at present or until it was resolved. */
export interface MessageHandling {
  /** The name of the person who took or acknowledged it, or to whom it was assigned. Missing if no name was given. */
  readonly by?: string;
  /** The start, in epoch milliseconds. */
  readonly since: number;
  /** The end, in epoch milliseconds; missing if it does not expire. */
  readonly until?: number;
  /** It is snoozed: nobody holds it, and nobody is notified of it before `until`, unless it gets worse. */
  readonly snoozed?: true;
  /** The newest note, at most 500 characters. */
  readonly note?: string;
}

/** Links for the reader, which expire: each opens a page that asks for confirmation before it acts. */
export interface MessageActions {
  /** Opens the incident. */
  readonly open: string;
  /** Acknowledges it. Missing when there is nothing to acknowledge, like the next two. */
  readonly acknowledge?: string;
  /** Takes it: acknowledges it, and assigns it to the reader. */
  readonly take?: string;
  /** Snoozes it for an hour: nobody is notified of it until then, unless it gets worse. */
  readonly snooze?: string;
  /** The same actions, for buttons whose vendor calls back. */
  readonly codes?: MessageCodes;
}

/**
 * The data of buttons whose vendor calls back: `callback` returns it to the relay. It is valid only in a callback of the same
 * destination. For one alert it has at most 64 bytes: letters, digits, `-`, `_`, `.`, and `,`.
 */
export interface MessageCodes {
  /** Acknowledges the incident. */
  readonly acknowledge: string;
  /** Takes it. */
  readonly take: string;
  /** Snoozes it for an hour. */
  readonly snooze: string;
}

/** A link with the sender's text; in a feed card also a picture, which may be empty. */
export interface AuthoredLink extends LabelledLink {
  /** The address of a picture. */
  readonly picture: string;
}

/** A message in its sender's own form, for a channel of the same vendor. Not truncated: it may be too long. */
export interface AuthoredMessage extends Omit<Authored, "markup"> {
  /** One line. */
  readonly title: string;
  /** The text, in the vendor's own markup. */
  readonly text: string;
  /** The link, the card's buttons, or the feed's lines. Addresses may have the vendor's own scheme. */
  readonly links: readonly AuthoredLink[];
  /** The relay's addition below the text, for example that it is a repeat. One or more lines; mostly empty. */
  readonly notes: string;
}

/** A line of an incident's timeline, in the group's language. */
export interface TimelineLine {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The event. */
  readonly text: string;
  /** The notified groups, and the results of the deliveries. */
  readonly details: readonly string[];
}

/** One message: one delivery, or several of one payload. Already within the channel's limits. */
export interface Message {
  /** The idempotency key: the same for each attempt at the same deliveries, so that a vendor can ignore a repeat. */
  readonly id: string;
  /** `owner/level` of the group that is notified. */
  readonly group: string;
  /** The reason why the group is notified: that of the first alert. */
  readonly reason: Reason;
  /** `firing` while any of its alerts fires. */
  readonly status: Status;
  /** The worst of its alerts. */
  readonly severity: Severity;
  /** One line of plain text with the event and its place: `🔴checkout KubePodCrashLooping`. */
  readonly title: string;
  /**
   * The title for a list, such as a mail's subject: `[严重] KubePodCrashLooping · prod/checkout-7d9f8b6c5-x2x4z`. It has no
   * status, so that it is the same when the alert fires and when it is resolved. One line of plain text.
   */
  readonly subject: string;
  /** The name of the alert, or of the worst of several: the same when it fires and when it is resolved. One line of plain text. */
  readonly name: string;
  /** The key of the thread: the sender's group key, or the alert's fingerprint. Firing and resolved share it. */
  readonly thread: string;
  /** The text, in the channel's form, with values from outside escaped: a vendor's own markup also in a plain message. */
  readonly body: string;
  /** A page in addition to the body, for the form `html`; values from outside are escaped. A plain message has none. */
  readonly html?: string;
  /**
   * The message in its sender's own form, if it was written for this channel's vendor (`markup`): send it instead of
   * title and body.
   */
  readonly authored?: AuthoredMessage;
  /** Its alerts, the most severe first. */
  readonly alerts: readonly MessageAlert[];
  /** The members to notify, with their addresses. */
  readonly recipients: readonly Member[];
  /** The first alert's links. */
  readonly links: readonly LabelledLink[];
  /** The links that are not in the body, because the channel shows them as buttons. */
  readonly buttons?: readonly LabelledLink[];
  /** The group's language. */
  readonly locale: Locale;
  /** The group's time zone, an IANA name. */
  readonly timezone: string;
  /** Facts of the message, in the group's language. */
  readonly words: MessageWords;
  /** Set if the relay has a public address. */
  readonly actions?: MessageActions;
  /**
   * For a channel with `threads`: the receipt of the last message about this incident at this destination. Without it, send a
   * new message. An edit notifies nobody: for a `repeat`, `changed` or `reminder` reply to it or send a new message. With
   * {@linkcode digest}: the receipt of that digest, whose text this one replaces.
   */
  readonly earlier?: Receipt;
  /** The name of the person who acted; with the reason `escalated`, of the person it was escalated to. */
  readonly by?: string;
  /** The person's text: the reason for closing or reopening it. One line. */
  readonly remark?: string;
  /** The handling of the incident. Missing if nobody handled it, or if the message is about several incidents. */
  readonly handling?: MessageHandling;
  /**
   * For a channel with `timeline`: the newest lines of the incident's timeline, the oldest first. Missing if the message is
   * about several incidents.
   */
  readonly timeline?: readonly TimelineLine[];
  /** Set for a digest: the body has a line for each of `alerts`, and counts this many in total. */
  readonly digest?: { readonly alerts: number; readonly incidents: number };
  /** The vendor refused the original message: this one is short plain text, and the last attempt. */
  readonly plain: boolean;
}
