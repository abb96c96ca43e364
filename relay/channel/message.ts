import type { Authored, Labels, Link, Status } from "../domain/alert.ts";
import type { Member } from "../domain/member.ts";
import type { Reason } from "../domain/outcome.ts";
import type { Severity } from "../domain/severity.ts";
import type { Where } from "../domain/where.ts";

/** A link with the words to show for it, in the group's language. */
export interface LabelledLink {
  readonly title: string;
  readonly url: string;
}

/** One alert inside a message. Times are epoch milliseconds. */
export interface MessageAlert {
  readonly id: string;
  readonly fingerprint: string;
  readonly reason: Reason;
  /** How many like it were folded since the group was last told. */
  readonly folded: number;
  /** Beside the reason `repeat`: the alert has never stopped, and its sender repeats it. */
  readonly still?: true;
  /** Beside the last reminder: when the sender last sent the alert, in the group's zone. */
  readonly stopped?: string;
  readonly status: Status;
  readonly severity: Severity;
  readonly severityText?: string;
  /** The text says everything, in the sender's own layout. */
  readonly verbatim?: true;
  /** Its sender wrote it for a chat's robot. */
  readonly authored?: true;
  /** Its sender said nothing of a status: `firing` is an assumption. */
  readonly statusAssumed?: true;
  /** How many more alerts the sender left out of the same payload. */
  readonly truncated?: number;
  /** What of the sender's request was not understood: a sentence. */
  readonly notice?: string;
  /** Why it comes here and not to another destination: a sentence. */
  readonly instead?: string;
  /**
   * A person sent it again after it had been given up: a sentence that says of when it is, and when it ended. What is over
   * by now is `resolved` here, whatever was to be told then.
   */
  readonly resent?: string;
  readonly title: string;
  /** Plain text. */
  readonly text: string;
  /** The text as markdown that every vendor shows, where its sender wrote markup. */
  readonly markdown?: string;
  readonly labels: Labels;
  /** The object that it is about, by the operator's `where_labels`. */
  readonly object?: Where;
  readonly annotations: Labels;
  readonly startsAt: number | null;
  readonly endsAt: number | null;
  readonly links: readonly (Link & LabelledLink)[];
}

/** A link with its sender's words; of a feed card with a picture, which may be empty. */
export interface AuthoredLink extends LabelledLink {
  readonly picture: string;
}

/** A message as its sender wrote it, for a channel of the vendor that it was written for. Not cut: it may be too long. */
export interface AuthoredMessage extends Omit<Authored, "markup"> {
  /** One line. */
  readonly title: string;
  readonly text: string;
  /** The link, the card's buttons, or the feed's lines. Addresses may have the vendor's own scheme. */
  readonly links: readonly AuthoredLink[];
  /** What the relay adds, below the text: that it is a repeat, for example. Mostly empty; one or more lines. */
  readonly notes: string;
}

/** What is sent at once: one delivery, or several of one payload. Already inside the channel's limits. */
export interface Message {
  /** The idempotency key: the same for each attempt at the same deliveries, so a vendor can drop a repeat. */
  readonly id: string;
  /** `owner/level` of the group that is told. */
  readonly group: string;
  /** Why the group is told: that of the first alert. */
  readonly reason: Reason;
  /** `firing` while any of its alerts fires. */
  readonly status: Status;
  /** The worst of its alerts. */
  readonly severity: Severity;
  /** One line of plain text, which alone tells what and where: `🔴checkout KubePodCrashLooping`. */
  readonly title: string;
  /**
   * The title for a list, such as a mail's subject: `[严重] KubePodCrashLooping · prod/checkout-7d9f8b6c5-x2x4z`. It has no
   * status, so that it is the same when it fires and when it is over. One line of plain text.
   */
  readonly subject: string;
  /** The name of the alert, or of the worst of several: the same when it fires and when it is over. One line of plain text. */
  readonly name: string;
  /** Tells one thread from another: what the sender grouped, or the alert's fingerprint. Firing and resolved share it. */
  readonly thread: string;
  /** The text, in the channel's form. Values from outside are escaped in markdown. */
  readonly body: string;
  /** A page beside the body, for the form `html`; values from outside are escaped. A plain message has none. */
  readonly html?: string;
  /** As its sender wrote it, where that was for this channel's vendor (`markup`): to be sent instead of title and body. */
  readonly authored?: AuthoredMessage;
  readonly alerts: readonly MessageAlert[];
  readonly recipients: readonly Member[];
  /** The first alert's links. */
  readonly links: readonly LabelledLink[];
  /** The links that the body leaves out, because the channel shows them as buttons. */
  readonly buttons?: readonly LabelledLink[];
  /** It is a digest: the body has a line for each of `alerts`, and speaks of so many in all. */
  readonly digest?: { readonly alerts: number; readonly incidents: number };
  /** The vendor refused the message as it was: this one is plain text and short, and the last try. */
  readonly plain: boolean;
}
