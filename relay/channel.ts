/**
 * Everything that the author of a channel needs: a channel is one file in `channels/` whose default export is
 * made by {@linkcode defineChannel}. `docs/channels.md` shows how to write one.
 *
 * @module
 */
import { z } from "zod";
import type { Authored, Labels, Link, Mentions, Status } from "./domain/alert.ts";
import type { Card, CardColour } from "./domain/card.ts";
import type { MarkdownFeature, MarkdownFlavour } from "./channel/markdown_flavour.ts";
import type { Where } from "./domain/where.ts";
import type { Remedy } from "./channel/remedy.ts";
import type { Severity } from "./domain/severity.ts";
import type { Verdict } from "./domain/verdict.ts";
import type { Member } from "./domain/member.ts";
import type { Rate } from "./domain/rate.ts";
import type { Reason } from "./domain/outcome.ts";

export { remedy } from "./channel/remedy.ts";
export type { Advice, Remedy } from "./channel/remedy.ts";
export { secret } from "./channel/secret_field.ts";
export { cut, utf8Bytes } from "./base/text.ts";
export { delivered, during, refused, retry, retryAlone, throttled } from "./domain/verdict.ts";
export type { Recipients, RefusedKind, Step, Verdict } from "./domain/verdict.ts";
export { z };
export type {
  Card,
  CardColour,
  Labels,
  Link,
  MarkdownFeature,
  MarkdownFlavour,
  Member,
  Mentions,
  Rate,
  Reason,
  Severity,
  Status,
};

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

/** A vendor's HTTP request, as data. The relay sends it: with a timeout, no redirects, and its secrets unlogged. */
export interface ChannelRequest {
  readonly url: string;
  /** Default `POST`. */
  readonly method?: "POST" | "PUT" | "PATCH" | "GET";
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, with its content type. */
  readonly json?: unknown;
  /** Sent as a form, with its content type. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as it is; set the content type yourself. */
  readonly body?: string;
}

/** A vendor's answer. */
export interface ChannelResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The body, at most 64 KiB of it. */
  readonly text: string;
  /** The body parsed as JSON; `undefined` when it is none. */
  readonly json: unknown;
}

/** The markup that a message's body is written in; `html` is plain text, and a page in `message.html` beside it. */
export type Form = "text" | "markdown" | "html";

/** What a vendor takes at most in one message. */
export interface Limits {
  /** Of the title, in Unicode characters. Default 200. */
  readonly titleChars?: number;
  /** Of the body, in bytes of UTF-8 as they stand in JSON. Default 100,000. */
  readonly bodyBytes?: number;
  /** Alerts in one message. Default 100. */
  readonly alerts?: number;
  /** Messages under way at once. Default 1. */
  readonly parallel?: number;
  /** People that one message reaches at most. */
  readonly recipients?: number;
  /** How many messages the vendor takes in how long; all of them count. The relay keeps to them before the vendor complains. */
  readonly rates?: readonly Rate[];
}

/** What a channel that holds a conversation works with; the relay records and limits what is done through it. */
export interface Tools {
  /** Send one request, with the destination's timeout. @throws NoAnswer */
  readonly fetch: (request: ChannelRequest) => Promise<ChannelResponse>;
  /** A store of the channel's own, shared by all instances of the relay. */
  readonly cache: Cache;
  /**
   * What stays open for the next message, such as a connection, under names of the channel's own. Take it out while you use
   * it. The relay disposes of what is left once the lane has no work, or the relay stops.
   */
  readonly kept: Map<string, AsyncDisposable>;
  /** Now, in epoch milliseconds. */
  readonly now: number;
  /** Aborted when nine tenths of the attempt's timeout are over, or the relay stops: let go of what is open, and answer. */
  readonly signal: AbortSignal;
}

/** A request of a conversation had no answer. What a channel does not catch becomes a `retry` of the same kind. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  /** The request may have arrived all the same. */
  readonly handedOver: boolean;

  constructor(message: string, { handedOver }: { handedOver: boolean }) {
    super(message);
    this.handedOver = handedOver;
  }
}

/** A small store of JSON values under string keys. */
export interface Cache {
  get(key: string): Promise<unknown>;
  /**
   * `until`: epoch milliseconds after which the value is gone · `secret`: seal it. A value may have 60,000 bytes as JSON,
   * a secret one 40,000. The key is readable: never a secret.
   */
  set(key: string, value: unknown, options: { until: number; secret?: boolean }): Promise<void>;
  delete(key: string): Promise<void>;
}

/**
 * Which alerts share a message: those of one payload, none, or also those of several payloads that would have to wait for one
 * another, because as many messages as the vendor takes side by side are under way.
 */
export type Combine = "payload" | "single" | "waiting";

/** A channel's definition. `C` is its parsed config. */
export interface ChannelDefinition<S extends z.ZodType = z.ZodType> {
  /** Must equal the file's name. */
  readonly name: string;
  /** What people call the vendor. */
  readonly title: string;
  /** The vendor's documentation. */
  readonly docs?: string;
  /** A zod object: it validates a destination's config, and is its form, its documentation and its redaction. */
  readonly config: S;
  readonly limits?: Limits | ((config: z.output<S>) => Limits);
  /** The markup of the body. Default `text`. */
  readonly form?: Form | ((config: z.output<S>) => Form);
  /** The vendor's flavour of markdown, for the form `markdown`. Default: the common markdown, as it is. */
  readonly markdown?: MarkdownFlavour | ((config: z.output<S>) => MarkdownFlavour);
  /** How the vendor's client frames a message, for its preview; `undefined` where it does not. */
  readonly card?: (
    config: z.output<S>,
    message: Pick<Message, "status" | "severity" | "buttons">,
  ) => Card | undefined;
  /** Whose messages it sends as they were written, such as `dingtalk`: it then looks at a message's `authored` first. */
  readonly markup?: string;
  /** Which alerts share a message. Default `payload`. */
  readonly combine?: Combine | ((config: z.output<S>) => Combine);
  /**
   * Whether what waits may be folded into a digest, one line an alert, when there is more than the rates allow. Default
   * true; false for a vendor that is a program, which then gets everything a little later.
   */
  readonly digest?: boolean;
  /**
   * How long one attempt may take as a whole, in milliseconds: all steps of a conversation together. Default 10,000;
   * between one second and ten minutes. A destination's own `timeout` comes first.
   */
  readonly timeout?: number | ((config: z.output<S>) => number);
  /**
   * The vendor drops a message whose id it has had before, or repeats the same effect: what was handed over with unknown
   * fate is then tried again as soon as after any failure.
   */
  readonly idempotent?: boolean | ((config: z.output<S>) => boolean);
  /** What names the vendor's budget, such as a robot's token: destinations with the same one queue together. Default: the whole config. */
  readonly lane?: (config: z.output<S>) => string;
  /**
   * For a vendor that forgets an alert unless it hears of it again: after how many milliseconds to tell it again while
   * the alert fires; 0 = never.
   */
  readonly repeat?: (config: z.output<S>) => number;
  /** The request that delivers a message. Pure; may be async. */
  readonly request?: (
    config: z.output<S>,
    message: Message,
    context: { now: number; id: string },
  ) => ChannelRequest | Promise<ChannelRequest>;
  /** What the answer to `request` means. Default: by the HTTP status alone. Return `undefined` to leave it to the default. */
  readonly verdict?: (response: ChannelResponse, context: { now: number }) => Verdict | undefined;
  /**
   * What the vendor's refusals mean and what to do, for people: made with {@linkcode remedy}, looked up by the words of a
   * verdict, the first that fits counts. What HTTP and the network say needs none.
   */
  readonly remedies?: readonly Remedy[];
  /** Instead of `request`, for a vendor that holds a conversation. */
  readonly send?: (config: z.output<S>, message: Message, tools: Tools) => Promise<Verdict>;
  /** A config that validates, hostile on purpose: it feeds the contract tests. */
  readonly sample: z.input<S>;
}

/** A channel, as the relay uses it. */
// deno-lint-ignore no-explicit-any -- a registry holds channels of every config type; each is parsed by its own schema
export type Channel = ChannelDefinition<any>;

/** Declare a channel. The identity at run time; it types `config` for every function of the definition. */
export function defineChannel<S extends z.ZodType>(definition: ChannelDefinition<S>): ChannelDefinition<S> {
  return definition;
}

/**
 * Names the budget of an account at a server, for {@linkcode ChannelDefinition.lane}: the same token at another address is
 * another budget, and another vendor's answers. `base`: an http address.
 */
export function laneAt(base: string, ...account: readonly (string | number | undefined)[]): string {
  return [new URL(base).href.replace(/\/+$/, ""), ...account].join(" ");
}
