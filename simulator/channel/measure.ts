import type { ChannelRequest } from "../../relay/channel.ts";
import { sizeLimits } from "../../relay/channel/limits.ts";
import { limitsOf, markupOf } from "../../relay/channel/options.ts";
import { encodeRequest } from "../../relay/channel/request_body.ts";
import { measure } from "../../relay/channel/size.ts";
import { printMarkup, visible } from "../../relay/message/markup_printer.ts";
import type { Rendered } from "../../relay/message/render_options.ts";
import type { Configured } from "./attempt.ts";

/** A part of a message against one limit of its channel. */
export interface Measured {
  /** Such as `limits.request.bytes`. */
  readonly limit: string;
  readonly used: number;
  readonly most: number;
}

/** A message, with its request if there is one, against each limit of its channel. */
export function measureAll(
  { message, commonmark }: Rendered,
  request: ChannelRequest | undefined,
  { channel, config }: Pick<Configured, "channel" | "config">,
): Measured[] {
  const limits = limitsOf(channel, config);
  const { titleChars, alerts } = limits;
  const markup = markupOf(channel, config);
  const seen = markup && commonmark !== undefined ? printMarkup(commonmark, visible(markup)) : message.body;
  const parts = { body: message.body, visible: seen, request: request && sentText(request) };
  const one = (limit: string, used: number, most: number | undefined): Measured[] =>
    most === undefined ? [] : [{ limit: `limits.${limit}`, used, most }];
  return [
    ...one("titleChars", measure(message.title, "characters"), titleChars),
    ...sizeLimits(limits).flatMap(({ of, unit, most }) => {
      const text = parts[of];
      return text === undefined ? [] : one(`${of}.${unit}`, measure(text, unit), most);
    }),
    ...message.digest ? [] : one("alerts", message.alerts.length, alerts),
  ];
}

/** The body as it is sent; each byte of a binary one counts as a character. */
function sentText(request: ChannelRequest): string {
  const { body = "" } = encodeRequest(request);
  return typeof body === "string" ? body : new TextDecoder("latin1").decode(body);
}
