/**
 * The shapes of messages, templates and channels.
 *
 * @module
 */
import { z } from "zod";
import type { Limits } from "../../../../relay/channel.ts";
import { count, groupId, reason, severity, status, time } from "../../../../relay/query/shapes/words.ts";
import { sameShape } from "../../../../relay/query/shapes/same_shape.ts";

const form = z.enum(["text", "markdown", "html"]);

/** A message as a vendor shows it. */
export const message = z.object({
  channel: z.string().meta({ examples: ["dingtalk_robot"] }),
  form,
  title: z.string(),
  body: z.string(),
  html: z.string().exactOptional(),
  bytes: count.meta({ description: "The size of the body, in `unit`" }),
  limit: count.exactOptional(),
  unit: z.enum(["bytes", "jsonBytes", "characters", "utf16"]).meta({ description: "As the vendor counts" }),
  problem: z.string().exactOptional().meta({ description: "Why a template was not used" }),
  digest: z.object({ shown: count, incidents: count }).exactOptional(),
}).meta({ id: "Message" });

/** A template, and its text. */
export const template = z.object({
  path: z.string().meta({ examples: ["message/markdown"] }),
  override: z.string().exactOptional(),
  problems: z.array(z.string()),
  form,
  messages: z.array(message),
}).meta({ id: "Template" });

const size = z.object({
  bytes: z.int().exactOptional(),
  jsonBytes: z.int().exactOptional(),
  characters: z.int().exactOptional(),
  utf16: z.int().exactOptional(),
});

const rates = z.array(z.object({
  messages: z.int(),
  per: z.union([z.int(), z.literal("day"), z.literal("month")]).meta({ description: "Milliseconds" }),
  penalty: z.int().exactOptional(),
}));

const limits = sameShape<Limits>()(
  "Limits",
  z.object({
    titleChars: z.int().exactOptional(),
    bodyBytes: z.int().exactOptional(),
    body: size.exactOptional(),
    visible: size.exactOptional(),
    request: size.exactOptional(),
    alerts: z.int().exactOptional(),
    parallel: z.int().exactOptional(),
    recipients: z.int().exactOptional(),
    rates: rates.exactOptional(),
    edits: rates.exactOptional(),
  }),
);

/** A plugin. */
export const channel = z.object({
  name: z.string().meta({ examples: ["dingtalk_robot"] }),
  title: z.string(),
  docs: z.string().exactOptional(),
  limits: limits.exactOptional().meta({ description: "Missing where they depend on the config" }),
  config: z.record(z.string(), z.unknown()).meta({ description: "A JSON Schema" }),
}).meta({ id: "Channel" });

/** A message in the inbox. */
export const inboxMessage = z.object({
  id: z.string(),
  at: time,
  group: groupId,
  title: z.string(),
  body: z.string(),
  severity,
  status,
  reason: reason.or(z.literal("digest")),
  alerts: count,
  about: z.array(z.object({ id: z.string(), reason, still: z.literal(true).exactOptional(), folded: count })),
}).meta({ id: "InboxMessage" });
