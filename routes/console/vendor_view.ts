import { defined } from "../../relay/base/defined.ts";
import type { Card, Channel, Form, Message } from "../../relay/channel.ts";
import { type SizeLimit, sizeLimits } from "../../relay/channel/limits.ts";
import { cardOf, flavourOf, formOf, isTitleApart, limitsOf, markupOf } from "../../relay/channel/options.ts";
import { measure } from "../../relay/channel/size.ts";
import type { Group } from "../../relay/domain/group.ts";
import type { Entry } from "../../relay/message/entry.ts";
import type { DigestRecord, SentMessage } from "../../relay/domain/record.ts";
import type { Relay } from "../../relay/relay.ts";
import { toHtml } from "./vendor_markdown.ts";
import { markupToHtml } from "./vendor_markup.ts";

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
  /** The body's size in the unit of the limit that it fills most; in bytes without a limit. */
  readonly size: BodySize;
  /** The reason why a template was not used. */
  readonly problem: string | undefined;
  /** For a digest: the number of incidents with a line, and of all its incidents. */
  readonly digest: { readonly shown: number; readonly incidents: number } | undefined;
}

/** The size of a body. */
export interface BodySize extends Pick<SizeLimit, "unit"> {
  readonly size: number;
  readonly most?: number;
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
  const target = { group, channel, channelConfig, now: clock.now(), messageId: () => id };
  const use = { channel, channelConfig };
  const { message, commonmark, problem, digest } = isDigest
    ? await renderer.digest(entries, target)
    : await renderer.message(entries, target);
  return {
    name: channel.name,
    vendor: channel.title,
    message,
    ...await drawn(use, message.body, { commonmark }),
    card: cardOf(channel, channelConfig, message),
    size: sizeOf(use, message.body),
    problem,
    digest,
  };
}

/** A message as sent: a digest, or another one. */
export async function sentView(
  { channel, channelConfig }: ChannelUse,
  { id, title, body, html, plain, card, shown, incidents }:
    & Pick<DigestRecord, "id" | "title" | "body">
    & Partial<Pick<DigestRecord, "shown" | "incidents">>
    & Pick<SentMessage, "html" | "plain" | "card">,
): Promise<VendorView> {
  const use = { channel, channelConfig };
  return {
    name: channel.name,
    vendor: channel.title,
    message: defined({ id, title, body, html }),
    ...await drawn(use, body, { plain }),
    card,
    size: sizeOf(use, body),
    problem: undefined,
    digest: shown === undefined || incidents === undefined ? undefined : { shown, incidents },
  };
}

/** The properties of a body, in addition to its text. */
interface BodySource {
  readonly plain?: boolean | undefined;
  /** The CommonMark that was printed in the vendor's own markup. */
  readonly commonmark?: string | undefined;
}

/** The body as the vendor's client displays it. A stored body in a vendor's own markup is shown as sent. */
export async function drawn(
  { channel, channelConfig }: ChannelUse,
  body: string,
  { plain = false, commonmark }: BodySource = {},
): Promise<Pick<VendorView, "form" | "html" | "titled">> {
  const form = plain ? "text" : formOf(channel, channelConfig);
  const markup = markupOf(channel, channelConfig);
  if (markup !== undefined) {
    const titled = isTitleApart(channel, channelConfig);
    return commonmark === undefined
      ? { form: "text", html: "", titled }
      : { form, html: await markupToHtml(commonmark, markup), titled };
  }
  if (form !== "markdown") return { form, html: "", titled: true };
  const flavour = flavourOf(channel, channelConfig);
  return { form, html: await toHtml(body, flavour), titled: flavour?.titled !== false };
}

function sizeOf({ channel, channelConfig }: ChannelUse, body: string): BodySize {
  const sizes = sizeLimits(limitsOf(channel, channelConfig)).filter(({ of }) => of === "body")
    .map(({ unit, most }) => ({ unit, most, size: measure(body, unit) }));
  const [fullest] = sizes.toSorted((a, b) => b.size / b.most - a.size / a.most);
  return fullest ?? { unit: "bytes", size: measure(body, "bytes") };
}

/** The group's own settings for the channel, if it has some; otherwise the channel's sample. */
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
