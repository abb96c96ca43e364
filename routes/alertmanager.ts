import { Hono } from "hono";
import { z } from "zod";
import type { Incoming, Labels, Link } from "../relay/alert.ts";
import { sha256Hex } from "../relay/hash.ts";
import type { Relay } from "../relay/relay.ts";
import { type Severity, severityOf } from "../relay/severity.ts";
import { requireIntakeToken } from "./auth.ts";
import { parseJson, readBody } from "./body.ts";
import { RequestError } from "./errors.ts";

/**
 * Labels as they came, every one of them: zod's own records leave `__proto__` out, and two alerts that differ only in
 * that would then be one.
 */
const labels = z.unknown().transform((value, context): Labels => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    context.addIssue({ code: "custom", message: `an object of strings is needed, not ${kindOf(value)}` });
    return z.NEVER;
  }
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== "string") {
      context.addIssue({ code: "custom", path: [name], message: `a string is needed, not ${kindOf(text)}` });
    }
  }
  return value as Labels;
});

const NO_LABELS: Labels = {};
const optionalLabels = z.nullish(labels).transform((value) => value ?? NO_LABELS);

/** RFC 3339, with any offset and any number of digits; Go's zero time, which means "none", is `null`. */
const time = z.nullish(z.string()).transform((text, context): number | null => {
  if (text === null || text === undefined || text === "") return null;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) {
    context.addIssue({ code: "custom", message: "a time such as 2026-01-31T08:00:00Z is needed" });
    return z.NEVER;
  }
  return ms < FIRST_TIME ? null : ms;
});

/** Nothing fired before 1970: Go's zero time is in the year 1. */
const FIRST_TIME = 0;

const text = z.nullish(z.string()).transform((value) => value ?? "");
const status = z.enum(["firing", "resolved"]);

/** Alertmanager's webhook, version 4. What it does not name is ignored: later versions add fields. */
const payload = z.object({
  version: text,
  groupKey: text,
  truncatedAlerts: z.nullish(z.number()).transform((value) => value ?? 0),
  status: z.nullish(status),
  receiver: text,
  groupLabels: optionalLabels,
  commonLabels: optionalLabels,
  commonAnnotations: optionalLabels,
  externalURL: text,
  notification_reason: text,
  routeLabels: optionalLabels,
  alerts: z.array(z.object({
    status: z.nullish(status),
    labels,
    annotations: optionalLabels,
    startsAt: time,
    endsAt: time,
    generatorURL: text,
    fingerprint: text,
  })),
});

type Payload = z.output<typeof payload>;

/** What the parser needs of the configuration. */
export interface AlertmanagerOptions {
  readonly ignoreLabels: ReadonlySet<string>;
  readonly severities: ReadonlyMap<string, Severity>;
}

/**
 * Alertmanager's webhook as alerts.
 *
 * @throws RequestError 422 with the place and the reason of what is wrong first.
 */
export function parseAlertmanager(body: unknown, options: AlertmanagerOptions): Incoming[] {
  const parsed = payload.safeParse(body, { error: explain });
  if (!parsed.success) {
    const [issue] = parsed.error.issues as [z.core.$ZodIssue];
    const more = parsed.error.issues.length - 1;
    throw new RequestError(
      422,
      `${pathOf(issue.path)}: ${issue.message}${more > 0 ? ` (and ${more} more)` : ""}`,
    );
  }
  return parsed.data.alerts.map((alert, index) => toIncoming(alert, index, parsed.data, options));
}

function toIncoming(
  alert: Payload["alerts"][number],
  index: number,
  { status: groupStatus, receiver, groupKey, externalURL }: Payload,
  { ignoreLabels, severities }: AlertmanagerOptions,
): Incoming {
  const status = alert.status ?? groupStatus;
  if (!status) throw new RequestError(422, `alerts[${index}].status: "firing" or "resolved" is needed`);
  const { labels, annotations } = alert;
  const of = (from: Labels, name: string): string | undefined =>
    Object.hasOwn(from, name) ? from[name] : undefined;
  const word = of(labels, "severity");
  const { severity, known } = severityOf(word, severities);
  return {
    identity: ignoreLabels.size === 0
      ? labels
      : Object.fromEntries(Object.entries(labels).filter(([name]) => !ignoreLabels.has(name))),
    alert: {
      dialect: "alertmanager",
      status,
      severity,
      ...known || word === undefined ? {} : { severityText: word },
      title: of(labels, "alertname") ?? "",
      text: of(annotations, "message") || of(annotations, "summary") || of(annotations, "description") || "",
      labels,
      annotations,
      startsAt: alert.startsAt,
      // A firing alert may carry the time at which it would end if nobody repeated it.
      endsAt: status === "resolved" ? alert.endsAt : null,
      links: linksOf(alert, annotations, externalURL),
      origin: {
        ...receiver ? { receiver: unquote(receiver) } : {},
        ...groupKey ? { groupKey: sha256Hex(groupKey, 16) } : {},
      },
    },
  };
}

/** Annotations that hold a link, and what it leads to. */
const LINK_ANNOTATIONS = [
  ["dashboard_url", "dashboard"],
  ["dashboardURL", "dashboard"],
  ["dashboard", "dashboard"],
  ["runbook_url", "runbook"],
  ["runbook", "runbook"],
] as const;

function linksOf(
  { generatorURL }: Payload["alerts"][number],
  annotations: Labels,
  externalURL: string,
): Link[] {
  const links: Link[] = [];
  if (generatorURL) links.push({ kind: "source", url: generatorURL });
  for (const [name, kind] of LINK_ANNOTATIONS) {
    const url = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
    if (url && URL.canParse(url)) links.push({ kind, url });
  }
  if (externalURL) links.push({ kind: "silence", url: externalURL });
  return links;
}

/** Alertmanager sends the receiver's name as a regular expression: `a\.b` for `a.b`. */
function unquote(receiver: string): string {
  return receiver.replace(/\\([\\.+*?()|[\]{}^$])/g, "$1");
}

function explain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type") {
    return `${article(issue.expected)} is needed, not ${kindOf(issue.input)}`;
  }
  if (issue.code === "invalid_value") return `"firing" or "resolved" is needed`;
  return undefined;
}

function article(kind: string): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : article(typeof value);
}

/** `alerts[3].labels.severity`; what would not read as a name is quoted. */
function pathOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "body";
  return path.map((part, index) => {
    if (typeof part === "number") return `[${part}]`;
    const name = String(part).slice(0, 80);
    if (/^[\w-]+$/.test(name)) return index === 0 ? name : `.${name}`;
    return `[${JSON.stringify(name)}]`;
  }).join("");
}

const HOW_TO_USE =
  "This address takes alerts by POST: use it as the `url` of Alertmanager's `webhook_configs`, " +
  "with the intake token as Bearer, as the password of Basic, or as ?token=";

/** `POST /webhook`, `POST /webhook/:owner/:level`, and `POST /`. */
export function alertmanagerRoutes(relay: Relay): Hono {
  const { config, accept, clock } = relay;
  const app = new Hono();

  async function take(request: Request, group?: string): Promise<Response> {
    const now = clock.now();
    requireIntakeToken(request, { token: config.intakeToken, open: config.openIntake });
    const { text, bytes } = await readBody(request);
    const alerts = parseAlertmanager(parseJson(text), config);
    const { accepted, duplicates, notifications } = await accept(alerts, {
      now,
      bytes,
      ...group === undefined ? {} : { group },
    });
    return Response.json({ accepted, duplicates, notifications });
  }

  app.post("/webhook", (c) => take(c.req.raw));
  app.post("/", (c) => take(c.req.raw));
  app.post(
    "/webhook/:owner/:level",
    (c) => take(c.req.raw, `${c.req.param("owner")}/${c.req.param("level")}`),
  );
  for (const path of ["/", "/webhook", "/webhook/:owner/:level"]) {
    app.all(path, () => {
      throw new RequestError(405, HOW_TO_USE, { allow: "POST" });
    });
  }
  return app;
}
