import { type Context, Hono } from "hono";
import { z } from "zod";
import { type IncomingAlert, labelOf, type Link } from "../../relay/domain/alert.ts";
import { turnOfLoop } from "../../relay/base/event_loop.ts";
import type { Relay } from "../../relay/relay.ts";
import { requireIntakeToken } from "../http/auth.ts";
import { parseJson } from "../http/body.ts";
import { parsing, rememberText } from "../http/body_beginning.ts";
import { described, type Description } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { grafanaPayload, isGrafana, parseGrafana } from "./grafana.ts";
import { isLegacyGrafana, parseLegacyGrafana } from "./grafana_legacy.ts";
import { groupNamed } from "../../relay/config/named_group.ts";
import { PAYLOAD_ALERTS, readPayload, withLeftOut } from "../http/payload.ts";
import { noteAccepted } from "../http/refused.ts";
import {
  alertFields,
  annotatedLinks,
  commonParts,
  envelopeFields,
  identityOf,
  optionalLabels,
  parsePayload,
  text,
  textOf,
  type WebhookOptions,
} from "./webhook_fields.ts";

/** Alertmanager's webhook, version 4. Other fields are ignored: later versions add some. */
const payload = z.object({
  ...envelopeFields,
  notification_reason: text,
  routeLabels: optionalLabels,
  alerts: z.array(z.object(alertFields)),
});

type WebhookPayload = z.output<typeof payload>;

/** The common part of the webhook doors' descriptions. */
export const WEBHOOK = {
  security: "intake",
  body: () =>
    z.union([
      payload.meta({ title: "Alertmanager's webhook" }),
      grafanaPayload.meta({ title: "Grafana's webhook" }),
    ]),
  example: {
    alerts: [{
      status: "firing",
      labels: { alertname: "DiskFull", severity: "critical", instance: "db-1" },
      annotations: { summary: "The disk of db-1 is full" },
    }],
  },
} as const;

const ACCEPT: Description = {
  ...WEBHOOK,
  summary: "Accept the alerts of Alertmanager or Grafana",
  door: { name: "Alertmanager, Grafana", paste: "url: http://fenghuo:8000/webhook?token=YOUR-INTAKE-TOKEN" },
  details:
    "Answered when they are stored. `duplicates`: alerts that are duplicates for all of their groups. " +
    "`leftOut`: those over the limit of a payload. An alert that cannot be read costs only itself: `refused` has the first ones.",
  answer: () =>
    z.object({
      accepted: z.int().min(0),
      duplicates: z.int().min(0),
      notifications: z.int().min(0),
      leftOut: z.int().min(1).exactOptional(),
      refused: z.array(z.object({
        alert: z.int().meta({ description: "Its place in the payload, from 0" }),
        reason: z.string(),
      })).exactOptional(),
    }),
};

/** A webhook's payload as alerts: Alertmanager's, or Grafana's, which is similar. @throws RequestError 422 */
function parseWebhook(body: unknown, options: WebhookOptions): IncomingAlert[] {
  if (isLegacyGrafana(body)) return parseLegacyGrafana(body, options);
  return isGrafana(body) ? parseGrafana(body, options) : parseAlertmanager(body, options);
}

/** Alerts that are parsed before other requests get a turn. */
const SLICE = 1_000;

/** A webhook's payload, which may be large: other requests get a turn in between. @throws RequestError 413, 422 */
export async function parseInTurns(
  body: unknown,
  { ignoreLabels, severities, timezone }: WebhookOptions,
): Promise<IncomingAlert[]> {
  const options = { ignoreLabels, severities, timezone };
  const { alerts } = typeof body === "object" && body !== null ? body as { alerts?: unknown } : {};
  if (!Array.isArray(alerts) || alerts.length <= SLICE) return parseWebhook(body, options);
  // No known sender writes this: the list's name is escaped or occurs twice, or the list holds values that are no objects.
  if (alerts.length > PAYLOAD_ALERTS) {
    throw new RequestError(
      413,
      `The body has ${alerts.length} alerts in a form that cannot be accepted in part: at most ${PAYLOAD_ALERTS}; send the alerts in parts`,
    );
  }
  const parse = isGrafana(body) ? parseGrafana : parseAlertmanager;
  const parsed: IncomingAlert[] = [];
  for (let from = 0; from < alerts.length; from += SLICE) {
    await turnOfLoop();
    const part = { ...body as object, alerts: alerts.slice(from, from + SLICE) };
    parsed.push(...parse(part, { ...options, from }));
  }
  return parsed;
}

/** An alert of a payload that cannot be read. */
export interface UnreadableAlert {
  /** Its place in the payload, from 0. */
  readonly alert: number;
  readonly reason: string;
}

/** The alerts of a payload that can be read, and the others. */
export interface ReadablePart {
  readonly alerts: IncomingAlert[];
  readonly wrong: readonly UnreadableAlert[];
}

/** The alerts of a webhook that can be read. @throws RequestError 413; 422 if none can */
export async function parseReadable(body: unknown, options: WebhookOptions): Promise<ReadablePart> {
  try {
    return { alerts: await parseInTurns(body, options), wrong: [] };
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 422) throw error;
    const part = await parseOneByOne(body, options);
    if (part.alerts.length === 0) throw error;
    return part;
  }
}

async function parseOneByOne(
  body: unknown,
  { ignoreLabels, severities, timezone }: WebhookOptions,
): Promise<ReadablePart> {
  const { alerts: all } = typeof body === "object" && body !== null ? body as { alerts?: unknown } : {};
  const alerts: IncomingAlert[] = [];
  const wrong: UnreadableAlert[] = [];
  const parse = isGrafana(body) ? parseGrafana : parseAlertmanager;
  for (const [index, alert] of (Array.isArray(all) ? all : []).entries()) {
    if (index % SLICE === SLICE - 1) await turnOfLoop();
    const one = { ...body as object, alerts: [alert] };
    try {
      alerts.push(...parse(one, { ignoreLabels, severities, timezone, from: index }));
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      wrong.push({ alert: index, reason: error.message });
    }
  }
  return { alerts, wrong };
}

/** At most this many unreadable alerts are named in an answer. */
const MAX_NAMED = 20;

/**
 * Alertmanager's webhook as alerts.
 *
 * @throws RequestError 422 with the path and the reason of the first error.
 */
export function parseAlertmanager(
  body: unknown,
  { ignoreLabels, severities, timezone, from = 0 }: WebhookOptions,
): IncomingAlert[] {
  const envelope = parsePayload(payload, body, { from });
  return envelope.alerts.map((alert, index) => ({
    identity: identityOf(alert.labels, ignoreLabels),
    alert: {
      ...commonParts(alert, { index: from + index, envelope, severities, timezone }),
      dialect: "alertmanager",
      title: labelOf(alert.labels, "alertname") ?? "",
      text: textOf(alert.annotations),
      links: linksOf(alert, envelope),
    },
  }));
}

function linksOf(
  { generatorURL, annotations }: WebhookPayload["alerts"][number],
  { externalURL }: WebhookPayload,
): Link[] {
  return [
    ...generatorURL ? [{ kind: "source", url: generatorURL } as const] : [],
    ...annotatedLinks(annotations),
    ...externalURL ? [{ kind: "silence", url: externalURL } as const] : [],
  ];
}

const HOW_TO_USE =
  "This address takes alerts by POST: use it as the `url` of Alertmanager's `webhook_configs`, " +
  "with the intake token as Bearer, as the password of Basic, or as ?token=";

/** Named one by one, so that a POST runs one handler only: a handler for all methods would cost every alert. */
const OTHER_METHODS = ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** `POST /webhook`, `POST /webhook/:owner/:level`, `POST /webhook/:owner`, and `POST /`. */
export function alertmanagerRoutes(relay: Relay): Hono {
  const { accept, query: { config, clock } } = relay;
  const app = new Hono();

  async function take(c: Context, group?: string): Promise<Response> {
    const now = clock.now();
    const request = c.req.raw;
    await requireIntakeToken(request, { relay, door: "alertmanager" });
    const { text, bytes, leftOut } = await readPayload(request);
    const { alerts, wrong } = await parsing(
      request,
      text,
      () => parseReadable(withLeftOut(parseJson(text), leftOut), config),
    );
    const { accepted, duplicates, notifications } = await accept(alerts, {
      now,
      bytes,
      ...group === undefined ? {} : { group },
    });
    if (relay.commands.refusals.hasOpen || leftOut > 0 || wrong.length > 0) {
      if (wrong.length > 0) rememberText(request, text);
      await noteAccepted(c, relay, { door: "alertmanager", leftOut, wrong });
    }
    return Response.json({
      accepted,
      duplicates,
      notifications,
      ...leftOut === 0 ? {} : { leftOut },
      ...wrong.length === 0 ? {} : { refused: wrong.slice(0, MAX_NAMED) },
    });
  }

  const byLabels = described(ACCEPT, (c: Context) => take(c));
  app.post("/webhook", byLabels);
  app.post("/", byLabels);
  app.post(
    "/webhook/:owner/:level",
    described(
      {
        ...ACCEPT,
        summary: "The same, for one group",
        details: "An unknown group falls back to default/default.",
      },
      (c: Context) => take(c, `${c.req.param("owner")}/${c.req.param("level")}`),
    ),
  );
  // Alertmanager does not retry after a 404, so the rest of the path always names a group.
  app.post(
    "/webhook/:owner",
    described(
      {
        ...ACCEPT,
        summary: "The same, for an owner's group",
        params: { owner: "The owner of a group, or one of its aliases" },
      },
      (c: Context) => take(c, groupNamed(c.req.param("owner")!, config)),
    ),
  );
  app.post("/webhook/:rest{.+}", (c) => take(c, groupNamed(c.req.param("rest"), config)));
  for (const path of ["/", "/webhook", "/webhook/*"]) {
    app.on(OTHER_METHODS, path, () => {
      throw new RequestError(405, HOW_TO_USE, { allow: "POST" });
    });
  }
  return app;
}
