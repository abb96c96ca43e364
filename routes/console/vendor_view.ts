import { defined } from "../../relay/base/defined.ts";
import type { Card, Channel, Form, MarkdownFlavour, Message } from "../../relay/channel.ts";
import { cardOf, flavourOf, formOf, limitsOf } from "../../relay/channel/options.ts";
import type { Group } from "../../relay/domain/group.ts";
import type { Entry } from "../../relay/message/entry.ts";
import type { DigestRecord, SentMessage } from "../../relay/domain/record.ts";
import type { Relay } from "../../relay/relay.ts";
import { jsonBytes } from "../../relay/base/text.ts";
import { toHtml } from "./vendor_markdown.ts";

/** A message as a channel's vendor shows it. */
export interface VendorView {
  /** The channel's name, and the vendor's display name. */
  readonly name: string;
  readonly vendor: string;
  readonly form: Form;
  readonly message: Pick<Message, "id" | "title" | "body"> & Partial<Pick<Message, "html" | "subject">>;
  /** Whether the vendor's client shows the title. */
  readonly titled: boolean;
  /** The body's markdown as HTML; empty for other forms. */
  readonly html: string;
  /** The card that the vendor's client draws around the body, if any. */
  readonly card: Card | undefined;
  /** The body's size, as the vendor counts it. */
  readonly bytes: number;
  readonly limit: number | undefined;
  /** Why a template was not used. */
  readonly problem: string | undefined;
  /** Of a digest: how many incidents have a line, and how many there are. */
  readonly digest: { readonly shown: number; readonly incidents: number } | undefined;
}

/** A channel with its config. */
export interface ChannelUse {
  readonly channel: Channel;
  readonly channelConfig: unknown;
}

/** The alerts to show. */
export interface VendorMessage {
  readonly group: Group;
  readonly entries: readonly Entry[];
  readonly id: string;
  readonly isDigest?: boolean;
}

/** Render the message for this channel, as a courier would now. */
export async function vendorView(
  { channel, channelConfig }: ChannelUse,
  { group, entries, id, isDigest = false }: VendorMessage,
  { query: { renderer, clock } }: Relay,
): Promise<VendorView> {
  const form = formOf(channel, channelConfig);
  const target = { group, channel, channelConfig, now: clock.now(), messageId: () => id };
  const { message, problem, digest } = isDigest
    ? await renderer.digest(entries, target)
    : await renderer.message(entries, target);
  return {
    name: channel.name,
    vendor: channel.title,
    form,
    message,
    ...await drawn(message.body, form, flavourOf(channel, channelConfig)),
    card: cardOf(channel, channelConfig, message),
    bytes: jsonBytes(message.body) - 2,
    limit: limitsOf(channel, channelConfig).bodyBytes,
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
  return {
    name: channel.name,
    vendor: channel.title,
    form,
    message: defined({ id, title, body, html }),
    ...await drawn(body, form, flavourOf(channel, channelConfig)),
    card,
    bytes: jsonBytes(body) - 2,
    limit: limitsOf(channel, channelConfig).bodyBytes,
    problem: undefined,
    digest: shown === undefined || incidents === undefined ? undefined : { shown, incidents },
  };
}

/** The body as the vendor's client displays it. */
export async function drawn(
  body: string,
  form: Form,
  flavour: MarkdownFlavour | undefined,
): Promise<Pick<VendorView, "html" | "titled">> {
  if (form !== "markdown") return { html: "", titled: true };
  return { html: await toHtml(body, flavour), titled: flavour?.titled !== false };
}

/** The group's own settings for the channel, where it has some; else the channel's sample. */
export function configOf(channel: Channel, { destinations }: Group): unknown {
  const own = destinations.find((destination) => destination.channel === channel.name);
  return own ? own.config : channel.config.parse(channel.sample);
}

/** A mail's page is untrusted HTML: it may only style itself. */
export const MAIL_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};
