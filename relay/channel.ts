/**
 * The plugin API: everything that the author of a channel needs. A channel is one file in `channels/` whose default export is
 * made by {@linkcode defineChannel}. `docs/channels.md` shows how to write one.
 *
 * @module
 */
export { z } from "zod";
export { API_VERSION, defineChannel, laneAt } from "./channel/channel.ts";
export type { Channel, ChannelDefinition, Combine, Form } from "./channel/channel.ts";
export type { Limits } from "./channel/limits.ts";
export type { Size } from "./channel/size.ts";
export { COMMONMARK, HTML } from "./channel/markup.ts";
export type { Markup } from "./channel/markup.ts";
export { secret } from "./channel/secret_field.ts";
export type { SecretOptions } from "./channel/secret_field.ts";
export { server } from "./channel/server_field.ts";
export type { ServerOptions } from "./channel/server_field.ts";
export type {
  AlertWords,
  AuthoredLink,
  AuthoredMessage,
  LabelledLink,
  Message,
  MessageActions,
  MessageAlert,
  MessageCodes,
  MessageHandling,
  MessageWords,
  TimelineLine,
} from "./channel/message.ts";
export type {
  CallbackAction,
  CallbackAnswer,
  CallbackDefinition,
  CallbackFixture,
  CallbackGiven,
  CallbackOutcome,
  CallbackParts,
  CallbackPress,
  CallbackReading,
  CallbackRequest,
  CallbackUser,
} from "./channel/callback.ts";
export type { MemberAddress } from "./channel/member_address.ts";
export type { Archive, CacheReader, KeptMessage } from "./channel/archive.ts";
export { NoAnswer } from "./channel/tools.ts";
export type { Cache, ChannelRequest, ChannelResponse, Part, Tools } from "./channel/tools.ts";
export { retryAfter, verdictByStatus } from "./channel/by_status.ts";
export { sessionToken } from "./channel/session_token.ts";
export type { TokenUse } from "./channel/session_token.ts";
export { delivered, during, refused, retry, retryAlone, skipped, throttled } from "./domain/verdict.ts";
export type {
  Delivered,
  Receipt,
  Recipients,
  Refused,
  RefusedKind,
  Retry,
  Skipped,
  Step,
  Throttled,
  Verdict,
} from "./domain/verdict.ts";
export type { Fixture, Fixtures, VendorAnswer } from "./channel/fixtures.ts";
export { remedy } from "./channel/remedy.ts";
export { robotAddress, webhookAddress } from "./channel/vendor_address.ts";
export type { VendorAddress } from "./channel/vendor_address.ts";
export type { Advice, CauseAndCure, LocalText, Remedy } from "./channel/remedy.ts";
export type { MarkdownFeature, MarkdownFlavour } from "./channel/markdown_flavour.ts";
export { sameSecret } from "./channel/same_secret.ts";
export { cut, utf8Bytes } from "./base/text.ts";
export type { TextLimit } from "./base/text.ts";
export type { Action } from "./domain/action.ts";
export type { Authored, AuthoredForm, Labels, Link, LinkKind, Mentions, Status } from "./domain/alert.ts";
export type { Card, CardColour } from "./domain/card.ts";
export type { Member } from "./domain/member.ts";
export type { Rate } from "./domain/rate.ts";
export { isEvent } from "./domain/outcome.ts";
export type { AlertReason, ChannelEvent, Reason } from "./domain/outcome.ts";
export type { Severity } from "./domain/severity.ts";
export type { Where, WherePart } from "./domain/where.ts";
export type { Locale } from "./base/locale.ts";
export type { Network } from "./base/network.ts";
