import { z } from "zod";
import type { Rate } from "../channel.ts";
import { TIMEOUT_BOUNDS } from "../channel/options.ts";
import { isVariable, VARIABLE_HELP } from "../channel/secret_field.ts";
import { parseDuration } from "../base/duration.ts";
import { LOCALES } from "../base/locale.ts";
import { parseFrom, parseTo } from "../message/links.ts";
import { parseMatchers } from "../domain/matcher.ts";
import { DAYS } from "../domain/quiet.ts";
import { once } from "../base/once.ts";
import { utf8Bytes } from "../base/text.ts";

/** Whether `Intl` knows the time zone. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** What to say of a text that is no duration. */
export const DURATION_HELP = 'must be a duration such as "30s", "5m", "1h30m" or "30d"';

/** What to say of a text that is no time zone. */
export const TIMEZONE_HELP = 'must be a time zone such as "Asia/Shanghai" or "UTC"';

/** A text that people also write as a number, such as a level or a telephone number; whole, or `1.10` would become `1.1`. */
const words = z.union([z.string(), z.int()]).transform(String)
  .refine((text) => text.trim() !== "", "must not be empty");

/** A part of an id like `owner/level/name`. Ids become keys of the store, which are short. */
const idPart = words.refine(
  (text) => /^[^/\p{Cc}]+$/u.test(text) && utf8Bytes(text) <= 60,
  'must have at most 60 bytes, and no "/"',
);

const duration = z.union([z.string(), z.number()]).transform((text, context) => {
  const ms = parseDuration(String(text));
  if (ms === undefined) context.addIssue(DURATION_HELP);
  return ms ?? 0;
});

/** A duration that is not 0. */
export const longDuration = duration.refine((ms) => ms > 0, "must be longer than 0");

/** How long one attempt may take. */
const attemptTimeout = duration.refine(
  (ms) => ms >= TIMEOUT_BOUNDS.least && ms <= TIMEOUT_BOUNDS.most,
  "must be from 1s to 10m",
);

const matchers = z.string().transform((text, context) => {
  return parsed(parseMatchers, text, context) ?? [];
});

const groupId = z.string().regex(/^[^/]+\/[^/]+$/, 'must be like "owner/level"');

/** One of `members`. */
export const memberSchema = once(() =>
  z.object({
    id: idPart.meta({ title: "Id", description: "What the members of a group name" }),
    name: z.string().optional().register(z.globalRegistry, { title: "Name" }),
    email: z.string().regex(/^[^\s@<>,;"]+@[^\s@<>,;"]+$/, 'must be an address such as "li.lei@example.com"')
      .optional()
      .register(z.globalRegistry, { title: "E-mail address" }),
    mobile: words.optional().register(z.globalRegistry, { title: "Mobile number" }),
    dingtalk: words.optional().register(z.globalRegistry, { title: "User id at DingTalk" }),
    wecom: words.optional().register(z.globalRegistry, { title: "User id at WeCom" }),
  }).register(z.globalRegistry, {
    title: "Member",
    description: "A person, with the addresses that channels know",
  })
);

/** A secret that senders share. Short ones are in use, so only a single letter is refused. */
const sharedSecret = z.string().min(1)
  .refine((text) => text.length !== 1, "must be more than one letter")
  .refine((text) => !isVariable(text), VARIABLE_HELP);

/** A secret, or several while one takes over from another. */
const oneOrMore = z.union([sharedSecret, z.array(sharedSecret).min(1)]);

/** One of a destination's `limits`. */
export const rateSchema = once(() =>
  z.object({
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
  }).register(z.globalRegistry, { title: "Limit", description: "At most so many messages in so long" })
);

/** One of a group's `destinations`. Its config is validated by its channel. */
export const destinationSchema = once(() =>
  z.object({
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
        description: "The channel's settings; those in defaults come first",
      }),
    limits: z.array(rateSchema()).optional().register(z.globalRegistry, {
      title: "Limits",
      description: "Messages that it takes in how long, where that is less than the vendor allows",
    }),
    timeout: attemptTimeout.optional().register(z.globalRegistry, {
      title: "Timeout",
      description:
        "How long one attempt may take as a whole, from 1s to 10m; the channel's own by default, mostly 10s",
    }),
    fallback: idPart.optional().register(z.globalRegistry, {
      title: "Fallback",
      description:
        "The name of the destination of this group that is told when this one cannot be; it hears of nothing else",
    }),
    fallback_after: longDuration.optional().register(z.globalRegistry, {
      title: "Fallback after",
      description: "How long an alert may wait here before the fallback is told; default 10m",
    }),
  }).register(z.globalRegistry, { title: "Destination", description: "A channel plus its config" })
);

const wallTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as "08:00"');

/** A wall time, or the end of the day. */
const dayEnd = z.string().regex(/^(?:([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time such as "08:00"');

const FLAP_HELP = "must be a mapping such as { count: 7, per: 1h }; { count: 0 } turns it off";

/** A group's `flap`. */
export const flapSchema = once(() =>
  z.object({
    count: z.int().min(0).max(20).refine((count) => count !== 1, "must be 0 (off), or from 2 to 20")
      .optional()
      .register(z.globalRegistry, {
        title: "Changes",
        description: "From firing to resolved or back, 2 to 20; default 7, 0 = off",
      }),
    per: longDuration.optional().register(z.globalRegistry, {
      title: "Within",
      description: "And so long it must be calm to have settled; default 1h",
    }),
  }, { error: FLAP_HELP }).register(z.globalRegistry, {
    title: "Flapping",
    description: "An alert that comes and goes so often is told as flapping, once",
  })
);

/** One period of a group's `quiet`. */
const quietPeriod = once(() =>
  z.object({
    from: wallTime.meta({ title: "From", description: "A time of the group's zone" }),
    to: dayEnd.meta({ title: "To", description: "At or before from: on the next day" }),
    days: z.array(z.enum(DAYS)).min(1).optional()
      .register(z.globalRegistry, { title: "Days", description: "On which they begin; default all" }),
  })
);

/** A group's `quiet`: one period, or several. */
export const quietSchema = once(() =>
  z.union([quietPeriod(), z.array(quietPeriod()).min(1).max(20)]).register(z.globalRegistry, {
    title: "Quiet hours",
    description: "What is not critical waits until they end; periods that touch are one",
  })
);

/** A group's `oncall`. */
export const oncallSchema = once(() =>
  z.object({
    rotation: z.array(z.union([idPart, z.array(idPart).min(1)]).transform((turn) => [turn].flat())).min(1)
      .register(z.globalRegistry, {
        title: "Rotation",
        description: "Ids of members, turn by turn; several share a turn as a list",
      }),
    start: z.iso.date('must be a day such as "2026-11-16"')
      .register(z.globalRegistry, { title: "Start", description: "The day of the first turn" }),
    handover: wallTime.optional().register(z.globalRegistry, {
      title: "Handover",
      description: "When a turn begins; default 09:00",
    }),
    every: z.string().regex(/^[1-9]\d{0,2}[dw]$/, 'must be days or weeks, such as "1w" or "1d"').optional()
      .register(z.globalRegistry, {
        title: "Every",
        description: "How long a turn lasts: days or weeks; default 1w",
      }),
  }).register(z.globalRegistry, {
    title: "On-call",
    description: "Only the members whose turn it is are called",
  })
);

/** One of `groups`. */
export const groupSchema = once(() =>
  z.object({
    owner: idPart.meta({ title: "Owner", description: "With the level, it names the group: owner/level" }),
    level: idPart.meta({ title: "Level" }),
    members: z.array(idPart).optional().register(z.globalRegistry, {
      title: "Members",
      description: "Ids of members",
    }),
    window: duration.optional()
      .register(z.globalRegistry, {
        title: "Window",
        description: "How long the same alert is counted and not told again; default 5m, 0 = off",
      }),
    repeat: duration.optional()
      .register(z.globalRegistry, {
        title: "Repeat",
        description:
          "How long after the last message an alert that still fires is told again, when its sender only re-sends it; default 4h, 0 = as the window",
      }),
    locale: z.enum(LOCALES).optional().register(z.globalRegistry, { title: "Language" }),
    timezone: z.string().refine(isTimeZone, TIMEZONE_HELP).optional()
      .register(z.globalRegistry, { title: "Time zone", description: "An IANA name such as Asia/Shanghai" }),
    destinations: z.array(destinationSchema()).optional().register(z.globalRegistry, {
      title: "Destinations",
    }),
    remind: longDuration.optional().register(z.globalRegistry, {
      title: "Remind",
      description:
        "How long after it was told the group is told again of a critical incident that nobody acknowledged",
    }),
    remind_stop: longDuration.optional().register(z.globalRegistry, {
      title: "Stop reminding",
      description:
        "How long after a sender's last re-send the group is no longer reminded; default: twice its longest gap, at least 13h",
    }),
    flap: flapSchema().optional(),
    quiet: quietSchema().optional(),
    oncall: oncallSchema().optional(),
    aliases: z.array(idPart).optional().register(z.globalRegistry, {
      title: "Aliases",
      description: "Other names of the group, for POST /dingtalk/:target/send",
    }),
    robot_token: oneOrMore.optional().register(z.globalRegistry, {
      title: "Robot token",
      description:
        "Who posts to /robot/send?access_token=… with it speaks to this group; several while one takes over",
      secret: true,
    }),
    robot_secret: sharedSecret.optional().register(z.globalRegistry, {
      title: "Robot secret",
      description: "When set, what is posted to /robot/send must be signed with it",
      secret: true,
    }),
  }).register(z.globalRegistry, { title: "Group", description: "The people to tell" })
);

/** One of `rules`. */
export const ruleSchema = once(() =>
  z.object({
    match: z.array(matchers).min(1, "must have a matcher; for all alerts write 'alertname=~\".*\"'")
      .register(z.globalRegistry, {
        title: "Match",
        description: "Alertmanager's matchers; all of them must match",
      }),
    group: groupId.meta({ title: "Group", description: "owner/level" }),
  }).register(z.globalRegistry, { title: "Rule", description: "Alerts that match → a group" })
);

/** One of `heartbeat`: a name, or a name with how long may pass without the alert. */
export const heartbeatSchema = once(() =>
  z.union([
    z.string().min(1),
    z.object({
      name: z.string().min(1).register(z.globalRegistry, { title: "Name", description: "The alertname" }),
      within: longDuration.optional().register(z.globalRegistry, {
        title: "Lost after",
        description: "Without one for so long it is lost; default: twice its longest gap of a week, and 5m",
      }),
    }),
  ]).register(z.globalRegistry, { title: "Heartbeat" })
);

/** One of `links`. */
export const linkSchema = once(() =>
  z.object({
    from: z.string().superRefine((text, context) => void parsed(parseFrom, text, context))
      .register(z.globalRegistry, {
        title: "From",
        description: "The start of the links to rewrite; * matches within the host",
      }),
    to: z.string().superRefine((text, context) => void parsed(parseTo, text, context))
      .register(z.globalRegistry, { title: "To", description: "What stands in its place" }),
  }).register(z.globalRegistry, {
    title: "Link rewrite",
    description: "Rewrites links that only resolve inside a cluster",
  })
);

/** alarm_v2's environments. */
export const ENVIRONMENTS = ["prod", "pre", "dev"] as const;

/** One of alarm_v2's environments. */
export type DepartmentEnvironment = typeof ENVIRONMENTS[number];

/** One of `departments`. */
export const departmentSchema = once(() =>
  z.object({
    name: z.string().min(1).optional().register(z.globalRegistry, {
      title: "Name",
      description: "Default: the key",
    }),
    secret: oneOrMore
      .meta({
        title: "Signing secret",
        description: "Several while one takes over from another",
        secret: true,
      }),
    environments: z.array(z.enum(ENVIRONMENTS)).min(1).optional().register(z.globalRegistry, {
      title: "Environments",
      description: "Those that it may send from; default all",
    }),
  }).register(z.globalRegistry, { title: "Department", description: "A sender of alarm_v2" })
);

/** `retention`: how long records are kept. */
export const retentionSchema = once(() =>
  z.object({
    alerts: longDuration.optional().register(z.globalRegistry, {
      title: "Alerts",
      description: "Default 30d",
    }),
    dead: longDuration.optional().register(z.globalRegistry, {
      title: "Dead deliveries",
      description: "Default 90d",
    }),
    audit: longDuration.optional().register(z.globalRegistry, {
      title: "Audit",
      description: "Who changed what; default 365d",
    }),
  }).register(z.globalRegistry, { title: "Retention", description: "How long records are kept" })
);

const ocpLevel = z.union([z.int().min(1).max(5), z.enum(["1", "2", "3", "4", "5"]).transform(Number)]);

/** `ocp`: what OCP would know of an alarm from its rule, because the push does not say it. */
export const ocpSchema = once(() =>
  z.object({
    clear_after: longDuration.optional()
      .register(z.globalRegistry, {
        title: "Clear after",
        description: "An alarm that is not pushed again for so long is over; default 5m",
      }),
    rules: z.record(
      z.string(),
      z.object({
        name: z.string().min(1).optional().register(z.globalRegistry, {
          title: "Name",
          description: "What people call the alarm type",
        }),
        level: ocpLevel.optional().register(z.globalRegistry, {
          title: "Level",
          description: "OCP's level, 1 (stopped) to 5 (reminder)",
        }),
        clear_after: longDuration.optional().register(z.globalRegistry, { title: "Clear after" }),
      }),
    ).optional().register(z.globalRegistry, { title: "Rules", description: "By alarmType" }),
  }).register(z.globalRegistry, {
    title: "OCP",
    description: "Alarms that are pushed to POST /api/v2/alarm/alarms",
  })
);

/** What `parse` makes of the text; its error becomes an issue. */
function parsed<T>(parse: (text: string) => T, text: string, context: z.core.$RefinementCtx): T | undefined {
  try {
    return parse(text);
  } catch (error) {
    context.addIssue((error as Error).message);
  }
}
