/**
 * The options of a channel's definition for one config: most are a value, or a function of the config.
 *
 * @module
 */
import type { Card } from "../domain/card.ts";
import type { Rate } from "../domain/rate.ts";
import type { Channel, Combine, Form } from "./channel.ts";
import type { Limits } from "./limits.ts";
import type { MarkdownFlavour } from "./markdown_flavour.ts";
import type { Markup } from "./markup.ts";
import type { Message } from "./message.ts";

/** The shortest and the longest timeout of an attempt, in milliseconds. RFC 5321 gives the last step of a mail ten minutes. */
export const TIMEOUT_BOUNDS = { least: 1_000, most: 600_000 } as const;

/** The vendor's limits, with this config. */
export function limitsOf({ limits = {} }: Channel, config: unknown): Limits {
  return valueOf(limits, config);
}

/** A vendor's limits, with the defaults for those that it lacks. */
export function limitsOrDefault(
  { titleChars = 200, bodyBytes = 100_000, alerts = 100 }: Limits,
): Required<Pick<Limits, "titleChars" | "bodyBytes" | "alerts">> {
  return { titleChars, bodyBytes, alerts };
}

/** The form of the body, with this config; for a vendor's own markup, `markdown`. */
export function formOf({ form = "text" }: Channel, config: unknown): Form {
  const value = valueOf(form, config);
  return typeof value === "string" ? value : "markdown";
}

/** The vendor's own markup, with this config; `undefined` for any other form. */
export function markupOf({ form }: Channel, config: unknown): Markup | undefined {
  const value = valueOf(form, config);
  return typeof value === "object" ? value : undefined;
}

/** Whether the vendor shows the title separately from the body, with this config. */
export function isTitleApart({ titleApart = false }: Channel, config: unknown): boolean {
  return valueOf(titleApart, config);
}

/** Whether the links of a message about one subject are buttons, with this config. */
export function hasButtons({ buttons = false }: Channel, config: unknown): boolean {
  return valueOf(buttons, config);
}

/** The vendor's flavour of markdown, with this config; `undefined` for the common one. */
export function flavourOf({ markdown }: Channel, config: unknown): MarkdownFlavour | undefined {
  return valueOf(markdown, config);
}

/** The frame that the vendor's client draws around a message, with this config; `undefined` without one. */
export function cardOf({ card }: Channel, config: unknown, message: Message): Card | undefined {
  if (message.plain) return undefined;
  if (card !== undefined) return card(config, message);
  return message.buttons === undefined ? undefined : { colour: "none", buttons: message.buttons };
}

/** The alerts that share a message, with this config. With threads, by default each incident has its own. */
export function combineOf(channel: Channel, config: unknown): Combine {
  return valueOf(channel.combine ?? (keepsThreads(channel, config) ? "single" : "payload"), config);
}

/** Whether messages are passed the receipt of an earlier one, with this config. */
export function keepsThreads({ threads = false }: Channel, config: unknown): boolean {
  return valueOf(threads, config);
}

/** Whether messages carry the timeline of their incident, with this config. */
export function takesTimeline({ timeline = false }: Channel, config: unknown): boolean {
  return valueOf(timeline, config);
}

/**
 * The vendor's rates for edits of digests, with this config; `undefined` if it counts edits as messages, or if messages cannot be
 * edited. With `per: "recipient"` a digest cannot be edited, because each recipient has a receipt of their own.
 */
export function editRatesOf(channel: Channel, config: unknown): readonly Rate[] | undefined {
  if (channel.per === "recipient" || !keepsThreads(channel, config)) return undefined;
  return limitsOf(channel, config).edits;
}

/** Whether a repeated message is harmless, with this config. */
export function isIdempotent({ idempotent = false }: Channel, config: unknown): boolean {
  return valueOf(idempotent, config);
}

/** The timeout of an attempt in milliseconds, with this config; `undefined` if the channel sets none. */
export function timeoutOf({ timeout }: Channel, config: unknown): number | undefined {
  const ms = valueOf(timeout, config);
  if (ms === undefined) return undefined;
  if (!Number.isFinite(ms)) throw new TypeError(`timeout must be a number of milliseconds, not ${ms}`);
  return Math.min(Math.max(ms, TIMEOUT_BOUNDS.least), TIMEOUT_BOUNDS.most);
}

function valueOf<T extends string | number | boolean | object | undefined>(
  option: T | ((config: unknown) => T),
  config: unknown,
): T {
  return typeof option === "function" ? option(config) : option;
}
