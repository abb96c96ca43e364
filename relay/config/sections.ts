/**
 * fenghuo.yaml, section by section.
 *
 * @module
 */
import { z } from "zod";
import { SEVERITIES } from "../domain/severity.ts";
import { positiveDuration } from "./fields.ts";
import { doorsSchema } from "./door_schema.ts";
import { enrichSchema } from "./enrich_schema.ts";
import { groupSchema } from "./group_schema.ts";
import {
  calledHeartbeatSchema,
  departmentSchema,
  drillSchema,
  heartbeatSchema,
  inhibitSchema,
  linkSchema,
  memberSchema,
  ocpSchema,
  retentionSchema,
  ruleSchema,
} from "./schema.ts";

/** A host as in a URL, with its port if that is not the scheme's default. */
const targetHost = z.string().trim().toLowerCase().refine(
  (text) => URL.parse(`http://${text}/`)?.hostname === text.replace(/:\d+$/, ""),
  'must be a host such as "hooks.example.com" or "10.0.0.5:8080"',
);

/** `namespace/pod`, or a detail such as `+mountpoint`. */
const WHERE_ENTRY = /^(?:\+[^\s+/*]+|[^\s+/*]+(?:\/[^\s+/*]+)*)$/;
const WHERE_HELP =
  'must be a label, labels joined by "/" such as "namespace/pod", or a detail such as "+mountpoint"';

/** A label, or a prefix of labels. */
const HIDE_ENTRY = /^(?:[^\s*]+\*?|\*)$/;
const HIDE_HELP = 'must be a label such as "job", or the start of labels and "*", such as "rule_*"';

/** The schema of fenghuo.yaml, with the texts that editors show. */
export const fileSchema = z.object({
  departments: z.record(z.string(), departmentSchema).optional()
    .register(z.globalRegistry, {
      title: "Departments",
      description: "alarm_v2: dep → name and signing secret",
    }),
  members: z.array(memberSchema).optional().register(z.globalRegistry, { title: "Members" }),
  defaults: z.record(z.string(), z.record(z.string(), z.unknown())).optional()
    .register(z.globalRegistry, {
      title: "Defaults",
      description: "Channel → config shared by each of its destinations",
    }),
  groups: z.array(groupSchema).optional().register(z.globalRegistry, { title: "Groups" }),
  rules: z.array(ruleSchema).optional().register(z.globalRegistry, { title: "Rules" }),
  inhibit: z.array(inhibitSchema).max(100, "must be at most 100").optional().register(z.globalRegistry, {
    title: "Inhibition",
    description: "While an incident that matches source fires, alerts that match target notify nobody",
  }),
  enrich: z.array(enrichSchema).max(50, "must be at most 50").optional().register(z.globalRegistry, {
    title: "Enrichment",
    description:
      "Tables keyed by labels, which add labels and annotations to alerts before the rules are evaluated. The fingerprint does not change",
  }),
  doors: doorsSchema.optional().register(z.globalRegistry, {
    title: "Doors",
    description: "Addresses that accept any JSON, with their mappings to alerts",
  }),
  links: z.array(linkSchema).optional().register(z.globalRegistry, { title: "Links" }),
  ocp: ocpSchema.optional(),
  severities: z.record(z.string(), z.enum(SEVERITIES)).optional()
    .register(z.globalRegistry, {
      title: "Severities",
      description: "What your senders write → the severity that it means",
    }),
  ignore_labels: z.array(z.string().min(1)).optional()
    .register(z.globalRegistry, {
      title: "Ignored labels",
      description: "Alertmanager's labels that do not distinguish one alert from another",
    }),
  where_labels: z.array(z.string().regex(WHERE_ENTRY, WHERE_HELP)).min(1, "must have an entry").optional()
    .register(z.globalRegistry, {
      title: "Labels that say where",
      description:
        'The labels that name an alert\'s object, outermost first and joined by "/". The first entry whose last label the ' +
        'alert has is used. An entry such as "+mountpoint" adds a detail. "default" stands for the built-in list',
    }),
  hide_labels: z.array(z.string().regex(HIDE_ENTRY, HIDE_HELP)).optional()
    .register(z.globalRegistry, {
      title: "Hidden labels",
      description:
        'Labels that messages leave out, or prefixes of them such as "rule_*". "default" stands for the ' +
        "built-in list",
    }),
  heartbeat: z.array(heartbeatSchema).optional().register(z.globalRegistry, {
    title: "Heartbeats",
    description:
      "Alerts that always fire, by alertname: a group is notified only when one stops arriving; default Watchdog",
  }),
  heartbeats: z.array(calledHeartbeatSchema).max(1_000, "must be at most 1,000").optional().register(
    z.globalRegistry,
    {
      title: "Called heartbeats",
      description:
        "Cron jobs and monitors that call /heartbeat/<name>: a group is notified when the calls stop",
    },
  ),
  drill: drillSchema.optional(),
  stale_after: positiveDuration.optional()
    .register(z.globalRegistry, {
      title: "Stale after",
      description:
        "How long an incident may be silent before it leaves the list of what is open; default 24h",
    }),
  resolve_timeout: positiveDuration.optional()
    .register(z.globalRegistry, {
      title: "Resolve timeout",
      description:
        "How long an alert posted to /api/v2/alerts without an end lasts unless it is posted again; default 5m",
    }),
  retention: retentionSchema.optional(),
  allowed_targets: z.array(targetHost).optional().register(z.globalRegistry, {
    title: "Allowed targets",
    description: "Hosts, host:port or domains of mail that an address given to /prometheusalert may name",
  }),
}).register(z.globalRegistry, {
  title: "Fenghuo",
  description: "Configuration as code of the alert relay Fenghuo",
});

/** The parsed values of the sections. */
export type FileValues = z.output<typeof fileSchema>;

/** The name of a section of the file. */
export type SectionName = keyof FileValues;

/** The names of the sections, in the order in which the file is written. */
export const SECTION_NAMES = Object.keys(fileSchema.shape) as readonly SectionName[];

/** Whether a section has this name. */
export function isSection(name: string): name is SectionName {
  return Object.hasOwn(fileSchema.shape, name);
}
