/**
 * A group of fenghuo.yaml: its destinations, and when it is notified.
 *
 * @module
 */
import { z } from "zod";
import type { Rate } from "../channel.ts";
import { TIMEOUT_BOUNDS } from "../channel/options.ts";
import { parseDuration } from "../base/duration.ts";
import { LOCALES } from "../base/locale.ts";
import { ALL_LABELS } from "../domain/grouping.ts";
import { DAYS } from "../domain/hours.ts";
import { oncallSchema } from "./oncall_schema.ts";
import { escalateSchema } from "./escalation_schema.ts";
import {
  certificates,
  dayEnd,
  duration,
  extraction,
  idPart,
  isTimeZone,
  positiveDuration,
  privateKey,
  proxyAddress,
  sharedSecret,
  sharedSecrets,
  TIMEZONE_HELP,
  wallTime,
} from "./fields.ts";

/** The timeout of one attempt. */
const attemptTimeout = duration.refine(
  (ms) => ms >= TIMEOUT_BOUNDS.least && ms <= TIMEOUT_BOUNDS.most,
  "must be from 1s to 10m",
);

/** One of a destination's `limits`. */
export const rateSchema = z.object({
  messages: z.int().min(1).register(z.globalRegistry, { title: "Messages" }),
  per: z.union([z.string(), z.number()]).transform((text, context): Rate["per"] => {
    if (text === "day" || text === "month") return text;
    const ms = parseDuration(String(text)) ?? 0;
    if (ms === 0) context.addIssue('must be a duration such as "1m", or "day" or "month"');
    return ms;
  }).register(z.globalRegistry, {
    title: "Per",
    description: 'A duration such as "1m"; or day or month, which end at midnight in China',
  }),
}).register(z.globalRegistry, { title: "Limit", description: "At most this many messages in this period" });

/** One of a group's `destinations`. Its config is validated by its channel. */
export const destinationSchema = z.object({
  name: idPart.optional().register(z.globalRegistry, {
    title: "Name",
    description: "Unique in the group; the channel's name by default",
  }),
  channel: z.string().min(1).register(z.globalRegistry, {
    title: "Channel",
    description: "The name of a file in channels/",
  }),
  config: z.record(z.string(), z.unknown()).optional()
    .register(z.globalRegistry, {
      title: "Config",
      description: "The channel's settings, which override those in defaults",
    }),
  limits: z.array(rateSchema).optional().register(z.globalRegistry, {
    title: "Limits",
    description: "Rate limits of this destination that are lower than the vendor's",
  }),
  timeout: attemptTimeout.optional().register(z.globalRegistry, {
    title: "Timeout",
    description:
      "How long one attempt may take as a whole, from 1s to 1m, for mail and other conversations to 10m; the channel's own by default, mostly 10s",
  }),
  proxy: proxyAddress.optional().register(z.globalRegistry, {
    title: "Proxy",
    description: "An http, https or socks5 proxy for requests to this destination, such as " +
      "http://user:password@proxy.example.com:3128; default: HTTPS_PROXY of the environment",
    secret: true,
  }),
  ca: certificates.optional().register(z.globalRegistry, {
    title: "Certificate authority",
    description: "In PEM: for a server whose certificate no public authority has signed.",
    multiline: true,
  }),
  cert: certificates.optional().register(z.globalRegistry, {
    title: "Client certificate",
    description: "In PEM, with its key: for a server that asks the relay for one.",
    multiline: true,
  }),
  key: privateKey.optional().register(z.globalRegistry, {
    title: "Client key",
    description: "In PEM: the key of the client certificate.",
    multiline: true,
    secret: true,
  }),
  fallback: idPart.optional().register(z.globalRegistry, {
    title: "Fallback",
    description:
      "The name of another destination of this group, to which deliveries are rerouted when they fail here; it gets nothing else",
  }),
  fallback_after: positiveDuration.optional().register(z.globalRegistry, {
    title: "Fallback after",
    description: "How long a delivery may wait here before it is rerouted; default 10m",
  }),
}).register(z.globalRegistry, { title: "Destination", description: "A channel plus its config" });

const FLAP_HELP = "must be a mapping such as { count: 7, per: 1h }; { count: 0 } turns it off";

/** A group's `flap`. */
export const flapSchema = z.object({
  count: z.int().min(0).max(20).refine((count) => count !== 1, "must be 0 (off), or from 2 to 20")
    .optional()
    .register(z.globalRegistry, {
      title: "Changes",
      description: "From firing to resolved or back, 2 to 20; default 7, 0 = off",
    }),
  per: positiveDuration.optional().register(z.globalRegistry, {
    title: "Within",
    description:
      "The period of these changes; without a change for as long, the alert is calm again; default 1h",
  }),
}, { error: FLAP_HELP }).register(z.globalRegistry, {
  title: "Flapping",
  description: "An alert that changes this often is notified once, as flapping",
});

/** One period of a group's `quiet`. */
const quietPeriod = z.object({
  from: wallTime.meta({ title: "From", description: "A time of the group's zone" }),
  to: dayEnd.meta({ title: "To", description: "At or before from: on the next day" }),
  days: z.array(z.enum(DAYS)).min(1).optional()
    .register(z.globalRegistry, { title: "Days", description: "The days on which they begin; default all" }),
});

/** A group's `quiet`: one period, or several. */
export const quietSchema = z.union([quietPeriod, z.array(quietPeriod).min(1).max(20)]).register(
  z.globalRegistry,
  {
    title: "Quiet hours",
    description: "Notifications that are not critical wait until they end; periods that touch are one",
  },
);

/** One of `groups`. */
export const groupSchema = z.object({
  owner: idPart.meta({ title: "Team", description: "With the tier, it names the group: team/tier" }),
  level: idPart.meta({ title: "Tier" }),
  members: z.array(idPart).optional().register(z.globalRegistry, {
    title: "Members",
    description: "Ids of members",
  }),
  window: duration.optional()
    .register(z.globalRegistry, {
      title: "Window",
      description: "How long the same alert is only counted; default 5m, 0 = off: every alert is notified",
    }),
  repeat: duration.optional()
    .register(z.globalRegistry, {
      title: "Repeat",
      description:
        "How often a group is notified again of an alert that still fires and is only re-sent; default 4h, 0 = as the window",
    }),
  group_by: z.array(z.string().min(1).max(200)).max(50).optional()
    .refine(
      (names) => !names?.includes(ALL_LABELS) || names.length === 1,
      'must have no other label beside "..."',
    )
    .register(z.globalRegistry, {
      title: "Group by",
      description: "Alerts with equal values of these labels are notified together, as by Alertmanager; " +
        '["..."]: all labels, []: all alerts of the group. Not with window and repeat',
    }),
  group_wait: duration.optional().register(z.globalRegistry, {
    title: "Group wait",
    description: "How long the first alert of a message group waits for others; default 30s",
  }),
  group_interval: positiveDuration.optional().register(z.globalRegistry, {
    title: "Group interval",
    description: "How long later alerts of a message group wait, at most; default 5m",
  }),
  repeat_interval: positiveDuration.optional().register(z.globalRegistry, {
    title: "Repeat interval",
    description: "After this time the group is notified again of what still fires; default 4h",
  }),
  locale: z.enum(LOCALES).optional().register(z.globalRegistry, { title: "Language" }),
  timezone: z.string().refine(isTimeZone, TIMEZONE_HELP).optional()
    .register(z.globalRegistry, { title: "Time zone", description: "An IANA name such as Asia/Shanghai" }),
  destinations: z.array(destinationSchema).optional().register(z.globalRegistry, {
    title: "Destinations",
  }),
  remind: positiveDuration.optional().register(z.globalRegistry, {
    title: "Reminder",
    description:
      "How long after its notification the group is reminded of a critical incident that nobody has acknowledged",
  }),
  remind_stop: positiveDuration.optional().register(z.globalRegistry, {
    title: "Stop reminding",
    description:
      "How long after the sender's last re-send reminders stop; default: twice its longest gap, at least 13h",
  }),
  flap: flapSchema.optional(),
  quiet: quietSchema.optional(),
  oncall: oncallSchema.optional(),
  escalate: escalateSchema.optional(),
  aliases: z.array(idPart).optional().register(z.globalRegistry, {
    title: "Aliases",
    description: "Other names of the group, for POST /dingtalk/:target/send",
  }),
  robot_token: sharedSecrets.optional().register(z.globalRegistry, {
    title: "Robot token",
    description:
      "Messages to the address of a DingTalk, WeCom or Feishu robot with this token go to this group; several during a rotation",
    secret: true,
  }),
  robot_secret: sharedSecret.optional().register(z.globalRegistry, {
    title: "Robot secret",
    description: "If set, messages to a DingTalk or Feishu robot's address must be signed with it",
    secret: true,
  }),
  robot_key_pattern: extraction.optional().register(z.globalRegistry, {
    title: "Robot key pattern",
    description:
      "A regular expression for messages to the robot: the groups that it finds in one, or the whole match, " +
      "identify the alert; without a match, the title does. Default: the whole text",
  }),
  robot_resolved_pattern: extraction.optional().register(z.globalRegistry, {
    title: "Robot resolved pattern",
    description:
      "A regular expression: a message to the robot in which it finds something says that the alert is over",
  }),
}).register(z.globalRegistry, { title: "Group", description: "The people to notify, and how" });
