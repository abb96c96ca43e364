import type { Card, Channel, Form, MarkdownFeature, MarkdownFlavour, Message } from "../../relay/channel.ts";
import { cardOf, flavourOf, formOf, limitsOf } from "../../relay/channel/options.ts";
import type { Group } from "../../relay/domain/group.ts";
import { renderDigest } from "../../relay/message/digest.ts";
import type { Entry } from "../../relay/message/entry.ts";
import { render } from "../../relay/message/render.ts";
import type { DigestRecord, SentMessage } from "../../relay/domain/record.ts";
import type { Relay } from "../../relay/relay.ts";
import { jsonBytes } from "../../relay/base/text.ts";

/** A message as a channel's vendor shows it. */
export interface VendorView {
  /** The channel's name, and what people call the vendor. */
  readonly name: string;
  readonly vendor: string;
  readonly form: Form;
  readonly message: Pick<Message, "id" | "title" | "body"> & Partial<Pick<Message, "html" | "subject">>;
  /** Whether the vendor's client shows the title. */
  readonly titled: boolean;
  /** The body's markdown as HTML; empty for other forms. */
  readonly html: string;
  /** What the vendor's client draws around the body; `undefined` where that is nothing. */
  readonly card: Card | undefined;
  /** Of the body, as the vendor counts it. */
  readonly bytes: number;
  readonly limit: number | undefined;
  /** Why a template was not used. */
  readonly problem: string | undefined;
  /** Of a digest: how many incidents have a line, of how many. */
  readonly digest: { readonly shown: number; readonly incidents: number } | undefined;
}

/** A channel, and how it is set. */
export interface ChannelUse {
  readonly channel: Channel;
  readonly channelConfig: unknown;
}

/** What is shown. */
export interface Shown {
  readonly group: Group;
  readonly entries: readonly Entry[];
  readonly id: string;
  readonly isDigest?: boolean;
}

/** Write the message for this channel, as a courier would now. */
export async function vendorView(
  { channel, channelConfig }: ChannelUse,
  { group, entries, id, isDigest = false }: Shown,
  { templates, rewrite, config, clock }: Relay,
): Promise<VendorView> {
  const form = formOf(channel, channelConfig);
  const limits = limitsOf(channel, channelConfig);
  const flavour = flavourOf(channel, channelConfig);
  const write = isDigest ? renderDigest : render;
  const { publicUrl, labelRules } = config;
  const { message, problem, digest } = write(entries, {
    group,
    templates,
    rewrite,
    form,
    limits,
    flavour,
    markup: channel.markup,
    publicUrl,
    labelRules,
    now: clock.now(),
    messageId: () => id,
  });
  return {
    name: channel.name,
    vendor: channel.title,
    form,
    message,
    html: form === "markdown" ? await toHtml(message.body, flavour) : "",
    titled: form !== "markdown" || flavour?.titled !== false,
    card: cardOf(channel, channelConfig, message),
    bytes: jsonBytes(message.body) - 2,
    limit: limits.bodyBytes,
    problem,
    digest,
  };
}

/** A message as it was sent: a digest, or another one. */
export async function sentView(
  { channel, channelConfig }: ChannelUse,
  { id, title, body, html, plain, card, shown, incidents }:
    & Pick<DigestRecord, "id" | "title" | "body">
    & Partial<Pick<DigestRecord, "shown" | "incidents">>
    & Pick<SentMessage, "html" | "plain" | "card">,
): Promise<VendorView> {
  const form = plain ? "text" : formOf(channel, channelConfig);
  const flavour = flavourOf(channel, channelConfig);
  return {
    name: channel.name,
    vendor: channel.title,
    form,
    message: { id, title, body, ...html === undefined ? {} : { html } },
    html: form === "markdown" ? await toHtml(body, flavour) : "",
    titled: form !== "markdown" || flavour?.titled !== false,
    card,
    bytes: jsonBytes(body) - 2,
    limit: limitsOf(channel, channelConfig).bodyBytes,
    problem: undefined,
    digest: shown === undefined || incidents === undefined ? undefined : { shown, incidents },
  };
}

/** The group's own settings for the channel, where it has some; else the channel's sample. */
export function configOf(channel: Channel, { destinations }: Group): unknown {
  const own = destinations.find((destination) => destination.channel === channel.name);
  return own ? own.config : channel.config.parse(channel.sample);
}

/** A mail's page is somebody's HTML: it may style itself, and nothing else. */
export const MAIL_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

/** What markdown is when nothing is known of its vendor. */
const COMMON: MarkdownFlavour = {
  draws: ["heading", "bold", "italic", "code", "fence", "link", "image", "quote", "list", "rule"],
};

/** The steps of the parser, each with the features that need it. */
const STEPS = {
  heading: ["heading"],
  fences: ["fence"],
  blockquote: ["quote"],
  list: ["list"],
  hr: ["rule"],
  codespan: ["code"],
  link: ["link", "image"],
  emStrong: ["bold", "italic"],
  del: ["strike"],
  // What no chat draws: code by its indent, underlined headings, tables, references and HTML.
  code: [],
  lheading: [],
  table: [],
  def: [],
  reflink: [],
  html: [],
} as const satisfies Record<string, readonly MarkdownFeature[]>;

/** A vendor's colours: WeCom's names, and Feishu's. */
const FONT = /^<font color=(["']?)(info|comment|warning|red|green|grey)\1>$/;

/**
 * A message's markdown as HTML, drawn as its vendor's client does: what that does not draw is shown as it is written. A
 * sender's own markup may be in it: no HTML comes through, whatever a value contains, only links over the web are links,
 * and no picture is loaded. The library is loaded when it is first needed: few starts at the edge ever show a page.
 */
export async function toHtml(text: string, flavour: MarkdownFlavour = COMMON): Promise<string> {
  const { Marked } = await import("marked");
  const draws = new Set<MarkdownFeature>(flavour.draws);
  const link = (href: string, words: string): string =>
    /^(?:https?|mailto):/i.test(href)
      ? `<a href="${escaped(href)}" rel="noopener noreferrer nofollow">${words || escaped(href)}</a>`
      : words;
  const unread = Object.entries(STEPS).filter(([, features]) =>
    !features.some((feature: MarkdownFeature) => draws.has(feature))
  );
  return await new Marked({
    gfm: true,
    breaks: flavour.breaks ?? false,
    tokenizer: {
      url: () => undefined,
      autolink: () => undefined,
      ...Object.fromEntries(unread.map(([step]) => [step, () => undefined])),
    },
    renderer: {
      html({ text }): string {
        if (!draws.has("colour")) return escaped(text);
        const [, , colour] = FONT.exec(text) ?? [];
        if (colour !== undefined) return `<span class="font-${colour}">`;
        return text === "</font>" ? "</span>" : escaped(text);
      },
      link({ href, tokens, raw }): string {
        return draws.has("link") ? link(href, this.parser.parseInline(tokens)) : escaped(raw);
      },
      image: ({ href, text, raw }) => draws.has("image") ? link(href, escaped(text)) : escaped(raw),
      checkbox: ({ checked }) => checked ? "[x] " : "[ ] ",
      em({ tokens, raw }): string {
        return draws.has("italic") ? `<em>${this.parser.parseInline(tokens)}</em>` : escaped(raw);
      },
      strong({ tokens, raw }): string {
        return draws.has("bold") ? `<strong>${this.parser.parseInline(tokens)}</strong>` : escaped(raw);
      },
    },
  }).parse(text);
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
