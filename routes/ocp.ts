import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Incoming, Labels, Status } from "../relay/alert.ts";
import type { OcpRules } from "../relay/config/mod.ts";
import type { Relay } from "../relay/relay.ts";
import { type Severity, severityOf } from "../relay/severity.ts";
import { StoreError } from "../relay/store/errors.ts";
import { parseJson, readBody } from "./body.ts";
import { RequestError } from "./errors.ts";
import { OCP_CODE, ocpAnswer, type OcpError, OcpRefusal } from "./ocp_answer.ts";
import { requireOcpLogin } from "./ocp_auth.ts";
import { RateLimit } from "./rate_limit.ts";

/** OCP's levels, by number and by the names that its consoles show in Chinese and English. */
const LEVELS: readonly {
  readonly level: number;
  readonly severity: Severity;
  readonly names: readonly string[];
}[] = [
  { level: 1, severity: "critical", names: ["down", "stopped", "停服"] },
  { level: 2, severity: "critical", names: ["critical", "严重", "嚴重"] },
  { level: 3, severity: "warning", names: ["alert", "warning", "警告"] },
  { level: 4, severity: "info", names: ["caution", "注意"] },
  { level: 5, severity: "info", names: ["info", "reminder", "提醒"] },
];

const DEFAULT_LEVEL = 3;

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const text = scalar.optional();

/** A map of scalars; zod's own records leave `__proto__` out. */
const labels = z.unknown().optional().transform((value, context): Labels => {
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
  const ms = typeof value === "number" ? value : Date.parse(value);
  if (Number.isNaN(ms)) context.addIssue("must be a time such as 2026-01-31T16:00:00+08:00");
  return Number.isNaN(ms) ? null : ms;
});

/** `POST /api/v2/alarm/alarms`: the three documented fields, and the event's own names for the rest. Others are ignored. */
const push = z.object({
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

type Push = z.output<typeof push>;

/** A pushed alarm as an alert. @throws OcpRefusal 400 with the field */
export function parseOcpPush(
  body: unknown,
  { rules, severities, now }: { rules: OcpRules; severities: ReadonlyMap<string, Severity>; now: number },
): { incoming: Incoming; event: Record<string, unknown> } {
  const parsed = push.safeParse(body);
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
  const incoming: Incoming = {
    identity: { alarmType: alarm.alarmType, target: alarm.target },
    alert: {
      dialect: "ocp",
      status,
      severity,
      ...severityText === undefined ? {} : { severityText },
      title: name,
      text: [alarm.summary, alarm.description].filter((line) => line).join("\n") || alarm.target,
      labels: {
        ...alarm.labels,
        alarm_type: alarm.alarmType,
        alarm_target: alarm.target,
        ...alarm.appType === undefined ? {} : { app_type: alarm.appType },
        ...alarm.scope === undefined ? {} : { alarm_scope: alarm.scope },
      },
      annotations: {},
      startsAt: alarm.activeAt ?? (status === "firing" ? now : null),
      endsAt: status === "resolved" ? alarm.resolvedAt ?? now : null,
      links: [],
      clearsAfter: rule?.clearAfter ?? rules.clearAfter,
    },
  };
  return { incoming, event: eventOf(alarm, { name, level, status, now }) };
}

/** The level: as pushed, else the rule's, else a label's, else 3. */
function levelOf(
  { level, labels }: Push,
  ofRule: number | undefined,
  severities: ReadonlyMap<string, Severity>,
): { level: number; severity: Severity; severityText?: string } {
  const label = (name: string): string | undefined => Object.hasOwn(labels, name) ? labels[name] : undefined;
  const word = level ?? (ofRule === undefined ? undefined : String(ofRule)) ?? label("alarm_level") ??
    label("level");
  const spelling = word?.trim().toLowerCase() ?? String(DEFAULT_LEVEL);
  const found = LEVELS.find((one) => String(one.level) === spelling || one.names.includes(spelling));
  if (found && !severities.has(spelling)) return { level: found.level, severity: found.severity };
  const { severity, known } = severityOf(word, severities);
  const nearest = LEVELS.find((one) => one.severity === severity)?.level ?? DEFAULT_LEVEL;
  return { level: nearest, severity, ...known || word === undefined ? {} : { severityText: word } };
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

/** Far above what an OCP pushes, and far below what the store takes: it stops a script that runs wild. */
const PUSHES = { limit: 6_000, per: 60_000 };

/** What a refused request answers, in OCP's words. */
const REQUEST_ERRORS: Readonly<Record<number, number>> = {
  400: OCP_CODE.badRequest,
  404: OCP_CODE.notFound,
  405: OCP_CODE.methodNotAllowed,
};

/**
 * OCP's alarm interface. Everything under `/api/v2/alarm/` is answered here: never a redirect, which scripts would follow
 * with a GET and report as success, and never an empty body, which they cannot parse.
 */
export function ocpRoutes(
  relay: Relay,
  { report, pushes = PUSHES }: { report: (words: string) => void; pushes?: { limit: number; per: number } },
): Hono {
  const { config, accept, clock } = relay;
  const rate = new RateLimit(pushes);
  const app = new Hono();

  async function takePush(c: Context): Promise<Response> {
    const now = clock.now();
    const request = c.req.raw;
    const { text, bytes } = await readBody(request);
    await requireOcpLogin(
      { method: request.method, url: request.url, headers: request.headers, body: text },
      config,
      { now },
    );
    const rateHeaders = requireRate(rate, now);
    requireJson(request.headers.get("content-type"));
    const { incoming, event } = parseOcpPush(parseJson(text), {
      now,
      rules: config.ocpRules,
      severities: config.severities,
    });
    const { logged: [logged] } = await accept([incoming], { now, bytes });
    return ocpAnswer({ data: { id: logged!.id, ...event }, headers: rateHeaders }, {
      now: clock.now(),
      started: now,
    });
  }

  const guarded =
    (handle: (c: Context) => Response | Promise<Response>) => async (c: Context): Promise<Response> => {
      const started = clock.now();
      try {
        return await handle(c);
      } catch (error) {
        const { headers = {}, ...refusal } = refusalOf(error);
        if (refusal.status === 500) {
          report(`Cannot answer ${c.req.method} ${c.req.path}: ${(error as Error).stack}`);
        }
        return ocpAnswer({ error: refusal, headers }, { now: clock.now(), started });
      }
    };

  const alarms = guarded((c) => {
    if (c.req.method === "POST") return takePush(c);
    throw new RequestError(405, `${c.req.method} is not supported here: push alarms with POST`, {
      allow: "POST",
    });
  });
  app.all("/api/v2/alarm/alarms", alarms);
  app.all("/api/v2/alarm/alarms/", alarms);
  const nothing = guarded((c) => {
    throw new RequestError(404, `There is nothing at ${c.req.path.slice(0, 200)}`);
  });
  app.all("/api/v2/alarm", nothing);
  app.all("/api/v2/alarm/*", nothing);
  return app;
}

/** The headers that OCP's interface sends with every answer that passed its limit. @throws OcpRefusal 429 */
function requireRate(rate: RateLimit, now: number): Record<string, string> {
  const { allowed, limit, remaining, reset } = rate.take(now);
  const headers = {
    "ratelimit-limit": String(limit),
    "ratelimit-remaining": String(remaining),
    "ratelimit-reset": String(reset),
  };
  if (allowed) return headers;
  throw new OcpRefusal({
    status: 429,
    code: 0,
    message: `Too many requests: at most ${limit} in a window; push again in ${reset} s`,
  }, { ...headers, "retry-after": String(reset) });
}

/** A script that names another type than JSON sends something else. One that names none is taken at its word. @throws */
function requireJson(contentType: string | null): void {
  if (!contentType || /^(application\/json|text\/plain)\b/i.test(contentType)) return;
  throw new OcpRefusal({
    status: 415,
    code: OCP_CODE.badRequest,
    message: "The content type is not supported: send application/json",
  });
}

function refusalOf(error: unknown): OcpError & { headers?: Readonly<Record<string, string>> } {
  if (error instanceof OcpRefusal) return { ...error.error, headers: error.headers };
  if (error instanceof RequestError) {
    const { status, message, headers } = error;
    return { status, code: REQUEST_ERRORS[status] ?? OCP_CODE.badRequest, message, headers };
  }
  if (error instanceof StoreError) {
    return { status: 503, code: OCP_CODE.unknown, message: error.message, headers: { "retry-after": "5" } };
  }
  return { status: 500, code: OCP_CODE.unknown, message: "Something broke inside the relay: see its log" };
}
