/**
 * The entries of the sections of fenghuo.yaml, except groups.
 *
 * @module
 */
import { z } from "zod";
import { parseFrom, parseTo } from "../message/links.ts";
import { parseMatchers } from "../domain/matcher.ts";
import { DAYS } from "../domain/hours.ts";
import { SEVERITIES } from "../domain/severity.ts";
import {
  duration,
  idPart,
  isTimeZone,
  positiveDuration,
  sharedSecrets,
  textOrNumber,
  TIMEZONE_HELP,
  wallTime,
} from "./fields.ts";

/** One of `members`. */
export const memberSchema = z.object({
  id: idPart.meta({ title: "Id", description: "The name under which groups list the member" }),
  name: z.string().optional().register(z.globalRegistry, { title: "Name" }),
  email: z.string().regex(/^[^\s@<>,;"]+@[^\s@<>,;"]+$/, 'must be an address such as "li.lei@example.com"')
    .optional()
    .register(z.globalRegistry, { title: "E-mail address" }),
  mobile: textOrNumber.optional().register(z.globalRegistry, { title: "Mobile number" }),
  dingtalk: textOrNumber.optional().register(z.globalRegistry, { title: "User id at DingTalk" }),
  wecom: textOrNumber.optional().register(z.globalRegistry, { title: "User id at WeCom" }),
}).register(z.globalRegistry, {
  title: "Member",
  description: "A person, with the addresses that channels know",
});

const matchers = z.string().transform((text, context) => {
  return parsed(parseMatchers, text, context) ?? [];
});

const groupId = z.string().regex(/^[^/]+\/[^/]+$/, 'must be like "owner/level"');

/** One of `rules`. */
export const ruleSchema = z.object({
  match: z.array(matchers).min(1, "must have a matcher; for all alerts write 'alertname=~\".*\"'")
    .register(z.globalRegistry, {
      title: "Match",
      description: "Alertmanager's matchers; all of them must match",
    }),
  group: groupId.meta({ title: "Group", description: "owner/level" }),
}).register(z.globalRegistry, { title: "Rule", description: "Alerts that match → a group" });

/** One of `inhibit`. */
export const inhibitSchema = z.object({
  source: z.array(matchers).min(1, "must have a matcher").register(z.globalRegistry, {
    title: "Source",
    description: "Alertmanager's matchers of the incident that inhibits others while it fires",
  }),
  target: z.array(matchers).min(1, "must have a matcher").register(z.globalRegistry, {
    title: "Target",
    description: "The matchers of the alerts that notify nobody meanwhile",
  }),
  equal: z.array(z.string().min(1)).optional().register(z.globalRegistry, {
    title: "Equal",
    description: "The labels that must have the same value in both; a missing label counts as empty",
  }),
}).register(z.globalRegistry, {
  title: "Inhibition",
  description: "An incident that fires → alerts that it makes superfluous",
});

/** One of `heartbeat`: a name, or a name with the longest time that may pass without the alert. */
export const heartbeatSchema = z.union([
  z.string().min(1),
  z.object({
    name: z.string().min(1).register(z.globalRegistry, { title: "Name", description: "The alertname" }),
    within: positiveDuration.optional().register(z.globalRegistry, {
      title: "Lost after",
      description:
        "It is lost when none arrives for this long; default: twice its longest gap of a week, plus 5m",
    }),
  }),
]).register(z.globalRegistry, { title: "Heartbeat" });

/** One of `heartbeats`: a name that is called. */
export const calledHeartbeatSchema = z.object({
  name: z.string().regex(/^[\w.-]{1,60}$/, "must have at most 60 letters, digits, dots, - and _")
    .meta({ title: "Name", description: "The last part of its address: /heartbeat/<name>" }),
  every: positiveDuration.meta({ title: "Every", description: "How often it is called" }),
  grace: duration.optional().register(z.globalRegistry, {
    title: "Grace",
    description: "How late a call may be; default 5m",
  }),
  severity: z.enum(SEVERITIES).optional().register(z.globalRegistry, {
    title: "Severity",
    description: "The severity of the alert when the calls stop; default critical",
  }),
  group: groupId.optional().register(z.globalRegistry, {
    title: "Group",
    description: "owner/level; by default the rules decide",
  }),
}).register(z.globalRegistry, { title: "Called heartbeat" });

/** One of `links`. */
export const linkSchema = z.object({
  from: z.string().superRefine((text, context) => void parsed(parseFrom, text, context))
    .register(z.globalRegistry, {
      title: "From",
      description: "The start of the links to rewrite; * matches within the host",
    }),
  to: z.string().superRefine((text, context) => void parsed(parseTo, text, context))
    .register(z.globalRegistry, { title: "To", description: "The replacement" }),
}).register(z.globalRegistry, {
  title: "Link rewrite",
  description: "Rewrites links that only resolve inside a cluster",
});

/** alarm_v2's environments. */
export const ENVIRONMENTS = ["prod", "pre", "dev"] as const;

/** One of alarm_v2's environments. */
export type DepartmentEnvironment = typeof ENVIRONMENTS[number];

/** One of `departments`. */
export const departmentSchema = z.object({
  name: z.string().min(1).optional().register(z.globalRegistry, {
    title: "Name",
    description: "Default: the key",
  }),
  secret: sharedSecrets
    .meta({
      title: "Signing secret",
      description: "Several during a rotation",
      secret: true,
    }),
  environments: z.array(z.enum(ENVIRONMENTS)).min(1).optional().register(z.globalRegistry, {
    title: "Environments",
    description: "The environments from which it may send; default all",
  }),
}).register(z.globalRegistry, { title: "Department", description: "A sender of alarm_v2" });

/** `retention`: the time that records are stored. */
export const retentionSchema = z.object({
  alerts: positiveDuration.optional().register(z.globalRegistry, {
    title: "Alerts",
    description: "Default 30d",
  }),
  dead: positiveDuration.optional().register(z.globalRegistry, {
    title: "Failed deliveries",
    description: "Default 90d",
  }),
  audit: positiveDuration.optional().register(z.globalRegistry, {
    title: "Audit",
    description: "Who changed what; default 365d",
  }),
  refused: duration.optional().register(z.globalRegistry, {
    title: "Refused requests",
    description: "The beginnings of payloads that the doors refused; default 1d; 0 = not kept",
  }),
}).register(z.globalRegistry, { title: "Retention", description: "How long records are kept" });

const ocpLevel = z.union([z.int().min(1).max(5), z.enum(["1", "2", "3", "4", "5"]).transform(Number)]);

/** `ocp`: the rules of OCP's alarms, which its push does not contain. */
export const ocpSchema = z.object({
  clear_after: positiveDuration.optional()
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
      clear_after: positiveDuration.optional().register(z.globalRegistry, { title: "Clear after" }),
    }),
  ).optional().register(z.globalRegistry, { title: "Rules", description: "By alarmType" }),
}).register(z.globalRegistry, {
  title: "OCP",
  description: "Alarms that are pushed to POST /api/v2/alarm/alarms",
});

const destinationId = z.string().regex(/^[^/]+\/[^/]+\/[^/]+$/, 'must be like "owner/level/name"');

/** `drill`: the time of the fire drill. */
export const drillSchema = z.object({
  days: z.array(z.enum(DAYS)).min(1).optional()
    .register(z.globalRegistry, { title: "Days", description: "Default mon" }),
  at: wallTime.meta({ title: "Time", description: "Such as 10:00, when people are at work" }),
  timezone: z.string().refine(isTimeZone, TIMEZONE_HELP).optional()
    .register(z.globalRegistry, { title: "Time zone", description: "Default: FENGHUO_TZ" }),
  destinations: z.union([z.literal("all"), z.array(destinationId).min(1)]).optional()
    .register(z.globalRegistry, {
      title: "Destinations",
      description: "all, or a list of owner/level/name; default all",
    }),
  within: positiveDuration.optional().register(z.globalRegistry, {
    title: "Within",
    description: "A destination that has not confirmed the message after this time has failed; default 15m",
  }),
}).register(z.globalRegistry, {
  title: "Fire drill",
  description: "A test alert that goes through the destinations each week, to find those that no longer work",
});

/** Transforms a text with `parse`; its error becomes an issue. */
function parsed<T>(parse: (text: string) => T, text: string, context: z.core.$RefinementCtx): T | undefined {
  try {
    return parse(text);
  } catch (error) {
    context.addIssue((error as Error).message);
  }
}
