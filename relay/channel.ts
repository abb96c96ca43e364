/**
 * The plugin API: everything that the author of a channel needs. A channel is one file in `channels/` whose default export is
 * made by {@linkcode defineChannel}. `docs/channels.md` shows how to write one.
 *
 * @module
 */
export { z } from "zod";
export { defineChannel, laneAt } from "./channel/channel.ts";
export type { Channel, ChannelDefinition, Combine, Form, Limits } from "./channel/channel.ts";
export { secret } from "./channel/secret_field.ts";
export type {
  AuthoredLink,
  AuthoredMessage,
  LabelledLink,
  Message,
  MessageAlert,
} from "./channel/message.ts";
export type { Archive, CacheReader, KeptMessage } from "./channel/archive.ts";
export { NoAnswer } from "./channel/tools.ts";
export type { Cache, ChannelRequest, ChannelResponse, Tools } from "./channel/tools.ts";
export { delivered, during, refused, retry, retryAlone, throttled } from "./domain/verdict.ts";
export type { Recipients, RefusedKind, Step, Verdict } from "./domain/verdict.ts";
export { remedy } from "./channel/remedy.ts";
export { robotAddress } from "./channel/vendor_address.ts";
export type { VendorAddress } from "./channel/vendor_address.ts";
export type { Advice, Remedy } from "./channel/remedy.ts";
export type { MarkdownFeature, MarkdownFlavour } from "./channel/markdown_flavour.ts";
export { cut, utf8Bytes } from "./base/text.ts";
export type { Labels, Link, Mentions, Status } from "./domain/alert.ts";
export type { Card, CardColour } from "./domain/card.ts";
export type { Member } from "./domain/member.ts";
export type { Rate } from "./domain/rate.ts";
export type { Reason } from "./domain/outcome.ts";
export type { Severity } from "./domain/severity.ts";
