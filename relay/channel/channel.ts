import type { z } from "zod";
import type { Card } from "../domain/card.ts";
import type { ChannelEvent } from "../domain/outcome.ts";
import type { Receipt, Refused, Skipped, Verdict } from "../domain/verdict.ts";
import type { Archive, CacheReader } from "./archive.ts";
import type { CallbackDefinition } from "./callback.ts";
import type { Fixtures } from "./fixtures.ts";
import type { Limits } from "./limits.ts";
import type { MarkdownFlavour } from "./markdown_flavour.ts";
import type { Markup } from "./markup.ts";
import type { MemberAddress } from "./member_address.ts";
import type { Message } from "./message.ts";
import type { Remedy } from "./remedy.ts";
import type { ChannelRequest, ChannelResponse, Tools } from "./tools.ts";
import type { VendorAddress } from "./vendor_address.ts";

/** The version of the plugin API that this relay has. */
export const API_VERSION = 1;

/** The form of a message's body; with `html`, the body is plain text and `message.html` is a page. */
export type Form = "text" | "markdown" | "html";

/**
 * The alerts that share a message: `payload`: those of one payload · `single`: none · `waiting`: also those of
 * several payloads that are queued, because as many messages as the vendor accepts at once are in flight.
 */
export type Combine = "payload" | "single" | "waiting";

/** A channel's definition. `S` is the schema of its config. */
export interface ChannelDefinition<S extends z.ZodType = z.ZodType> {
  /** The version of the plugin API for which the channel was written. */
  readonly api?: typeof API_VERSION;
  /** Must equal the file's name. */
  readonly name: string;
  /** The display name of the vendor. */
  readonly title: string;
  /** The vendor's documentation. */
  readonly docs?: string;
  /** A zod object: it validates a destination's config, and defines its form, its documentation and its redaction. */
  readonly config: S;
  /** The Chinese of the schema's English: of titles, descriptions and choices, and of `title`. */
  readonly words?: { readonly zh: Readonly<Record<string, string>> };
  /** The vendor's limits; the relay stays within them. */
  readonly limits?: Limits | ((config: z.output<S>) => Limits);
  /** The form of the body, or the vendor's markup. Default `text`. */
  readonly form?: Form | Markup | ((config: z.output<S>) => Form | Markup);
  /** Whether the vendor shows the title separately: the body then does not begin with it, except in a plain message. */
  readonly titleApart?: boolean | ((config: z.output<S>) => boolean);
  /** The channel shows the links of a message about one subject as buttons: they are in `message.buttons`, not in the body. */
  readonly buttons?: boolean | ((config: z.output<S>) => boolean);
  /** The vendor's flavour of markdown, for the form `markdown`. Default: the common markdown, unchanged. */
  readonly markdown?: MarkdownFlavour | ((config: z.output<S>) => MarkdownFlavour);
  /** The frame that the vendor's client draws around a message, for its preview; `undefined` without one. */
  readonly card?: (
    config: z.output<S>,
    message: Pick<Message, "status" | "severity" | "buttons">,
  ) => Card | undefined;
  /**
   * The vendor whose messages the channel sends unchanged, such as `dingtalk`: it then uses a message's `authored`
   * first.
   */
  readonly markup?: string;
  /** The alerts that share a message. Default `payload`; with `threads` it is `single`. */
  readonly combine?: Combine | ((config: z.output<S>) => Combine);
  /**
   * Whether messages over the rate limits may be combined into a digest, one line for each alert. Default true; false for a
   * vendor that is a program, which then gets every message a little later.
   */
  readonly digest?: boolean;
  /**
   * The timeout of one attempt, in milliseconds, for all requests of a conversation together. Default 10,000; between one
   * second and ten minutes. A destination's own `timeout` overrides it.
   */
  readonly timeout?: number | ((config: z.output<S>) => number);
  /**
   * Whether the vendor ignores a message with a known id, or a repeat has the same effect: an attempt with an unknown
   * result is then retried as soon as after any other failure.
   */
  readonly idempotent?: boolean | ((config: z.output<S>) => boolean);
  /** The key of the vendor's budget, such as a robot's token: destinations with the same key share a lane. Default: the whole config. */
  readonly lane?: (config: z.output<S>) => string;
  /**
   * For a vendor that drops an alert unless it is sent again: the interval in milliseconds at which it is repeated while the
   * alert fires; 0 = never.
   */
  readonly repeat?: (config: z.output<S>) => number;
  /** The addresses of members that the channel reads, such as `mobile`: each is a field of members. */
  readonly address?: MemberAddress | readonly MemberAddress[];
  /**
   * The hosts to which the channel sends, in addition to those in its config: `api.example.com`, or `*.example.com`
   * for its subdomains. A request to another host is refused.
   */
  readonly hosts?: readonly string[];
  /**
   * `recipient`: the relay makes one request for each member with one of the channel's addresses; `message.recipients` then
   * holds only that member. It stores each recipient's result, and retries only failed ones. Default `message`.
   */
  readonly per?: "message" | "recipient";
  /**
   * Whether the vendor can edit a message or reply to it. The receipt of a verdict is passed to the next message
   * about the same incident at the same destination as `message.earlier`, until the resolved message is delivered.
   * `combine` is then `single` by default: a message about several incidents has no `earlier`, because an edit for
   * one of them would remove the others; the edit of a digest has one (`limits.edits`).
   */
  readonly threads?: boolean | ((config: z.output<S>) => boolean);
  /**
   * Whether messages about one incident carry its timeline: see `message.timeline`. Each then costs a read of the
   * database.
   */
  readonly timeline?: boolean | ((config: z.output<S>) => boolean);
  /**
   * The actions of people for which the channel wants a message. Its `reason` is the action, and its `by` the person. Only
   * destinations that were notified of the incident get one.
   */
  readonly events?: readonly ChannelEvent[];
  /** The request that delivers a message, or the reason why there is none. Pure; may be async. */
  readonly request?: (
    config: z.output<S>,
    message: Message,
    context: { readonly now: number; readonly id: string },
  ) => ChannelRequest | Refused | Skipped | Promise<ChannelRequest | Refused | Skipped>;
  /**
   * The verdict on the answer to `request`. Default: `success`, then the HTTP status. Return `undefined` for the
   * default. `earlier`: the receipt in the message.
   */
  readonly verdict?: (
    response: ChannelResponse,
    context: { readonly now: number; readonly earlier?: Receipt | undefined },
  ) => Verdict | undefined;
  /** Whether an answer with a 2xx status confirms the message. If not, the verdict is `refused`, with the vendor's words. */
  readonly success?: (response: ChannelResponse) => boolean;
  /**
   * Whether the vendor answers 2xx exactly when it accepted the message: neither `verdict` nor `success` is then
   * needed.
   */
  readonly honestStatus?: boolean;
  /** The vendor's answers with their verdicts, for the contract suite and the fake vendor. */
  readonly fixtures?: Fixtures<z.output<S>>;
  /**
   * Explanations of the vendor's refusals with their remedies: made with {@linkcode remedy}, looked up by the words
   * of a verdict; the first match applies. Errors of HTTP and of the network need none.
   */
  readonly remedies?: readonly Remedy[];
  /** Instead of `request`, for a vendor that needs several requests for a message. */
  readonly send?: (config: z.output<S>, message: Message, tools: Tools) => Promise<Verdict>;
  /** For a channel that stores its messages in its cache: reads them for the console. */
  readonly archive?: (cache: CacheReader) => Archive;
  /** For a vendor that reports people's actions on its messages, to `/callbacks/OWNER/LEVEL/NAME` of the relay. */
  readonly callback?: CallbackDefinition<z.output<S>>;
  /**
   * For a vendor that gives its users an address, such as a robot's webhook: reads it when a person pastes it, or a sender names it
   * as its target.
   */
  readonly target?: VendorAddress;
  /** A valid config with hostile values: the contract tests use it. */
  readonly sample: z.input<S>;
}

/** A channel of any config type. */
// deno-lint-ignore no-explicit-any -- a registry holds channels of every config type; each is parsed by its own schema
export type Channel = ChannelDefinition<any>;

/** Declares a channel. It returns its argument, and types `config` for every function of the definition. */
export function defineChannel<S extends z.ZodType>(definition: ChannelDefinition<S>): ChannelDefinition<S> {
  return definition;
}

/**
 * The key of an account's budget at a server, for {@linkcode ChannelDefinition.lane}: the same token at another address is
 * another budget. `base`: an http address.
 */
export function laneAt(base: string, ...account: readonly (string | number | undefined)[]): string {
  return [new URL(base).href.replace(/\/+$/, ""), ...account].join(" ");
}
