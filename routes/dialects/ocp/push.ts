import { z } from "zod";
import { type IncomingAlert, labelOf, type Labels, type Status } from "../../../relay/domain/alert.ts";
import type { OcpRules } from "../../../relay/config/mod.ts";
import type { Severity } from "../../../relay/domain/severity.ts";
import { wrongType } from "../../http/wrong_type.ts";
import { OCP_CODE, OcpRefusal } from "./answer.ts";
import { type OcpLevel, ocpLevelOf } from "./level.ts";
import { ocpTime, startOf } from "./message.ts";
import { labelsOfTarget } from "./target.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const text = scalar.optional();

/** A map of scalars; zod's own records omit `__proto__`. */
const labels = z.unknown().optional().meta({
  type: "object",
  additionalProperties: { type: "string" },
}).transform((value, context): Labels => {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    context.addIssue("must be an object of strings");
    return z.NEVER;
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]): [string, string][] => {
      if (member === null) return [];
      if (typeof member !== "object") return [[name, String(member)]];
      context.addIssue({ code: "custom", path: [name], message: "must be a string" });
      return [];
    }),
  );
});

const time = z.union([z.string(), z.number()]).optional().transform((value, context): number | null => {
  if (value === undefined || value === "") return null;
  const time = ocpTime(String(value));
  if (time === null) context.addIssue("must be a time such as 2026-01-31T16:00:00+08:00");
  return time;
});

/**
 * `POST /api/v2/alarm/alarms`: the three documented fields, and the event's names for the rest. Other fields are
 * ignored.
 */
export const ocpPush = z.object({
  alarmType: z.string().regex(/^\w{1,200}$/, "must be the name of a rule: letters, digits and underscores"),
  target: z.string().refine((target) => target.trim() !== "", "must not be blank"),
  labels,
  level: text,
  status: z.enum(["Active", "Inactive"], "must be Active or Inactive").optional(),
  appType: text,
  scope: text,
  name: text,
  summary: text,
  description: text,
  activeAt: time,
  resolvedAt: time,
});

type Push = z.output<typeof ocpPush>;

/** A pushed alarm as an alert. @throws OcpRefusal 400 with the field */
export function parseOcpPush(
  body: unknown,
  { rules, severities, now }: { rules: OcpRules; severities: ReadonlyMap<string, Severity>; now: number },
): { incoming: IncomingAlert; event: Record<string, unknown> } {
  const parsed = ocpPush.safeParse(body, { error: wrongType });
  if (!parsed.success) {
    const [issue] = parsed.error.issues as [z.core.$ZodIssue];
    const at = issue.path.map(String).join(".").slice(0, 200) || "body";
    throw new OcpRefusal({
      status: 400,
      code: OCP_CODE.illegalArgument,
      message: `Illegal argument (COM10001): ${at}: ${issue.message}`,
    });
  }
  const alarm = parsed.data;
  const rule = rules.byType.get(alarm.alarmType);
  const { level, severity, severityText } = levelOf(alarm, rule?.level, severities);
  const status: Status = alarm.status === "Inactive" || alarm.resolvedAt !== null ? "resolved" : "firing";
  const name = alarm.name ?? rule?.name ?? alarm.alarmType;
  const incoming: IncomingAlert = {
    identity: { alarmType: alarm.alarmType, target: alarm.target },
    alert: {
      dialect: "ocp",
      status,
      severity,
      ...severityText === undefined ? {} : { severityText },
      title: name,
      text: [alarm.summary, alarm.description].filter((line) => line).join("\n") || alarm.target,
      labels: {
        ...labelsOfTarget(alarm.target),
        ...alarm.labels,
        alarm_type: alarm.alarmType,
        alarm_target: alarm.target,
        alarm_level: String(level),
        ...alarm.appType === undefined ? {} : { app_type: alarm.appType },
        ...alarm.scope === undefined ? {} : { alarm_scope: alarm.scope },
      },
      annotations: {
        ...alarm.summary ? { summary: alarm.summary } : {},
        ...alarm.description ? { description: alarm.description } : {},
      },
      ...status === "firing" ? startOf(alarm.activeAt, now) : { startsAt: alarm.activeAt },
      endsAt: status === "resolved" ? alarm.resolvedAt ?? now : null,
      links: [],
      clearsAfter: rule?.clearAfter ?? rules.clearAfter,
    },
  };
  return { incoming, event: eventOf(alarm, { name, level, status, now }) };
}

/** The level: the pushed one, otherwise the rule's, otherwise a label's, otherwise 3. */
function levelOf(
  { level, labels }: Push,
  ofRule: number | undefined,
  severities: ReadonlyMap<string, Severity>,
): OcpLevel {
  const word = level ?? (ofRule === undefined ? undefined : String(ofRule)) ??
    labelOf(labels, "alarm_level") ??
    labelOf(labels, "level");
  return ocpLevelOf(word, severities);
}

/** The alarm as OCP would show it. */
function eventOf(
  { alarmType, target, appType, scope, summary, description, labels, activeAt, resolvedAt }: Push,
  { name, level, status, now }: { name: string; level: number; status: Status; now: number },
): Record<string, unknown> {
  const iso = (ms: number | null): string | undefined => ms === null ? undefined : new Date(ms).toISOString();
  return {
    activeAt: iso(activeAt ?? now),
    alarmType,
    appType,
    description,
    labels,
    level,
    name,
    resolvedAt: status === "resolved" ? iso(resolvedAt ?? now) : undefined,
    scope,
    status: status === "resolved" ? "Inactive" : "Active",
    summary,
    target,
    updatedAt: iso(now),
  };
}
