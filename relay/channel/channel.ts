import type { z } from "zod";
import type { Card } from "../domain/card.ts";
import type { Rate } from "../domain/rate.ts";
import type { Verdict } from "../domain/verdict.ts";
import type { Archive, CacheReader } from "./archive.ts";
import type { MarkdownFlavour } from "./markdown_flavour.ts";
import type { Message } from "./message.ts";
import type { Remedy } from "./remedy.ts";
import type { ChannelRequest, ChannelResponse, Tools } from "./tools.ts";
import type { VendorAddress } from "./vendor_address.ts";

/** The markup of a message's body; with `html`, the body is plain text and `message.html` is a page. */
export type Form = "text" | "markdown" | "html";

/** The limits of a vendor. */
export interface Limits {
  /** The title, in Unicode characters. Default 200. */
  readonly titleChars?: number;
  /** The body, in bytes of UTF-8 as JSON writes it. Default 100,000. */
  readonly bodyBytes?: number;
  /** Alerts in one message. Default 100. */
  readonly alerts?: number;
  /** Messages in flight at once. Default 1. */
  readonly parallel?: number;
  /** Recipients of one message. */
  readonly recipients?: number;
  /** The vendor's rate limits; all of them apply. The relay stays within them, so that the vendor does not have to refuse. */
  readonly rates?: readonly Rate[];
}

/**
 * Which alerts share a message: `payload`: those of one payload · `single`: none · `waiting`: also those of several payloads
 * that are queued, because as many messages as the vendor accepts at once are in flight.
 */
export type Combine = "payload" | "single" | "waiting";

/** A channel's definition. `C` is its parsed config. */
export interface ChannelDefinition<S extends z.ZodType = z.ZodType> {
  /** Must equal the file's name. */
  readonly name: string;
  /** The display name of the vendor. */
  readonly title: string;
  /** The vendor's documentation. */
  readonly docs?: string;
  /** A zod object: it validates a destination's config, and defines its form, its documentation and its redaction. */
  readonly config: S;
  readonly limits?: Limits | ((config: z.output<S>) => Limits);
  /** The markup of the body. Default `text`. */
  readonly form?: Form | ((config: z.output<S>) => Form);
  /** The vendor's flavour of markdown, for the form `markdown`. Default: the common markdown, unchanged. */
  readonly markdown?: MarkdownFlavour | ((config: z.output<S>) => MarkdownFlavour);
  /** How the vendor's client frames a message, for its preview; `undefined` if it does not. */
  readonly card?: (
    config: z.output<S>,
    message: Pick<Message, "status" | "severity" | "buttons">,
  ) => Card | undefined;
  /** The vendor whose messages the channel sends as they were written, such as `dingtalk`: it then uses a message's `authored` first. */
  readonly markup?: string;
  /** Which alerts share a message. Default `payload`. */
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
   * The vendor ignores a message whose id it has received before, or a repeat has the same effect: an attempt with an unknown
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
  /** The request that delivers a message. Pure; may be async. */
  readonly request?: (
    config: z.output<S>,
    message: Message,
    context: { now: number; id: string },
  ) => ChannelRequest | Promise<ChannelRequest>;
  /** The verdict on the answer to `request`. Default: by the HTTP status alone. Return `undefined` for the default. */
  readonly verdict?: (response: ChannelResponse, context: { now: number }) => Verdict | undefined;
  /**
   * Explains the vendor's refusals to people, and what to do: made with {@linkcode remedy}, looked up by the words of a
   * verdict; the first match applies. Errors of HTTP and of the network need none.
   */
  readonly remedies?: readonly Remedy[];
  /** Instead of `request`, for a vendor that needs several requests for a message. */
  readonly send?: (config: z.output<S>, message: Message, tools: Tools) => Promise<Verdict>;
  /** For a channel that stores its messages in its cache: reads them for the console. */
  readonly archive?: (cache: CacheReader) => Archive;
  /** For a vendor whose robots have a webhook address: how such an address is read, when a sender names it as its target. */
  readonly address?: VendorAddress;
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
