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
  /** For a channel that keeps its messages in its cache: how the console reads them. Others have none. */
  readonly archive?: (cache: CacheReader) => Archive;
  /** For a vendor whose robots have a webhook address: how such an address is read, when a sender names it as its target. */
  readonly address?: VendorAddress;
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
