import type { Severity } from "./severity.ts";

/** Whether the problem is present or over. */
export type Status = "firing" | "resolved";

/** Label or annotation names and their values. Read one with {@linkcode labelOf}: a name may be `constructor`. */
export type Labels = Readonly<Record<string, string>>;

/** The target of an alert's link; its label comes from the locale. */
export type LinkKind = "source" | "dashboard" | "panel" | "image" | "runbook" | "silence" | "relay";

/** A link of an alert. */
export interface Link {
  /** The kind of its target. */
  readonly kind: LinkKind;
  /** Its address. */
  readonly url: string;
  /** Its text, if an authenticated sender wrote one. */
  readonly title?: string;
}

/** The people whom a sender mentions: by mobile number or by user id of the vendor. */
export interface Mentions {
  /** Mobile numbers. */
  readonly mobiles: readonly string[];
  /** User ids of the vendor. */
  readonly users: readonly string[];
  /** Everybody in the chat. */
  readonly all: boolean;
}

/** The form of an authored message. */
export type AuthoredForm =
  | "text"
  | "markdown"
  | "markdown_v2"
  | "link"
  | "actionCard"
  | "feedCard"
  | "native";

/**
 * The form in which an authenticated sender wrote a message for a chat robot. The alert's title, text and links are
 * then the sender's own, including markup: a channel of that vendor sends them unchanged, any other channel converts
 * them.
 */
export interface Authored {
  /** The vendor of its markup: see `markup` of a channel. */
  readonly markup: string;
  /** Its form at the vendor; `native`: the form in {@linkcode content}. */
  readonly form: AuthoredForm;
  /** With `native`: the vendor's own message as JSON, which only that vendor's channels can send. */
  readonly content?: string;
  /** The URL of a picture. */
  readonly picture?: string;
  /** Whether the buttons of an action card are side by side. */
  readonly sideBySide?: true;
  /** The people whom it mentions. */
  readonly mentions?: Mentions;
}

/** One event in normalised form. Times are epoch milliseconds. */
export interface Alert {
  /** Its wire format: the name of a file in `routes/dialects/`. */
  readonly dialect: string;
  readonly status: Status;
  readonly severity: Severity;
  /** The sender's word for the severity, if it is not in the table. */
  readonly severityText?: string;
  /** The alert's name: people's name for this kind of problem. */
  readonly title: string;
  /** The description in the sender's words; may have several lines or be empty. */
  readonly text: string;
  /** Set when the text is a complete message in the sender's own layout: a message about this alert alone adds nothing. */
  readonly verbatim?: true;
  readonly authored?: Authored;
  /** Whether the sender sent no status: `firing` is assumed, and messages do not show it. */
  readonly statusAssumed?: true;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: number | null;
  /** Whether the sender gave no start: `startsAt` is then the time of receipt. */
  readonly startAssumed?: true;
  /** `null` until it ends. */
  readonly endsAt: number | null;
  readonly links: readonly Link[];
  /** For a sender that never sends resolved: milliseconds of silence after which the alert counts as resolved. */
  readonly clearsAfter?: number;
  /** The sender's own grouping: Alertmanager's receiver and a hash of its group key. */
  readonly origin?: {
    readonly receiver?: string;
    readonly groupKey?: string;
    /** The number of alerts that the sender left out of the payload. */
    readonly truncated?: number;
    /**
     * A sentence about the part of the request that was not understood or cannot be carried out; shown with the
     * message.
     */
    readonly notice?: string;
  };
}

/** The dialect of the relay's own alerts. */
export const OWN_DIALECT = "fenghuo";

/** An alert as a dialect parsed it. */
export interface IncomingAlert {
  readonly alert: Alert;
  /** The labels that identify the alert: never a time, a sender, or a sender's own fingerprint. */
  readonly identity: Labels;
}

/** The value of a label, or `undefined`. Names come from outside, so only own properties count. */
export function labelOf(labels: Labels, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}
