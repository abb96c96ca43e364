import { type Context, Hono } from "hono";
import { z } from "zod";
import { readAnyTime } from "../../relay/base/any_time.ts";
import { sha256Hex } from "../../relay/base/hash.ts";
import { cut, oneLine } from "../../relay/base/text.ts";
import { isWebAddress } from "../../relay/base/web_address.ts";
import type { Alert, Labels, Link } from "../../relay/domain/alert.ts";
import { labelsFrom } from "../../relay/domain/mapping/labels_from.ts";
import { severityOf } from "../../relay/domain/severity.ts";
import type { Config } from "../../relay/config/mod.ts";
import type { Relay } from "../../relay/relay.ts";
import { parseJson, readBody } from "../http/body.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { readingOfStrangers } from "../http/reading.ts";
import { noteAccepted } from "../http/refused.ts";
import { wrongType } from "../http/wrong_type.ts";
import { refuseWith } from "./drop_in.ts";
import { actOnKey, endOf, keyOf } from "./keyed_incident.ts";
import { requireSender } from "./token_sender.ts";

const text = z.nullish(z.string());

/** Of a key: https://developer.pagerduty.com/docs/send-alert-event */
const KEY_CHARS = 255;

/** Our choice: links of an alert, details in its text, and faults in an answer. */
const MAX_LINKS = 20;
const MAX_DETAILS = 50;
const MAX_FAULTS = 20;

/** An event. Source: https://developer.pagerduty.com/docs/send-alert-event */
const event = z.object({
  routing_key: text,
  event_action: z.enum(["trigger", "acknowledge", "resolve"]),
  dedup_key: text,
  payload: z.object({
    summary: z.string().min(1),
    source: text,
    severity: text,
    timestamp: z.unknown().optional(),
    component: text,
    group: text,
    class: text,
    custom_details: z.unknown().optional(),
  }).nullish(),
  client: text,
  client_url: text,
  links: z.nullish(z.array(z.object({ href: z.string(), text }))),
  images: z.nullish(z.array(z.object({ src: z.string() }))),
});

type PagerDutyEvent = z.output<typeof event>;

/**
 * `POST /v2/enqueue`: for programs that send events to PagerDuty today. The routing key is the group's `robot_token`, the
 * intake token, or an API token.
 */
export function pagerDutyRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { accept, query: { config, clock } } = relay;
  const app = new Hono();

  async function enqueue(c: Context): Promise<Response> {
    const now = clock.now();
    const { text, bytes } = await readBody(c.req.raw, { within: readingOfStrangers });
    const body = parseJson(text);
    const routingKey = [(body as { routing_key?: unknown } | null)?.routing_key, c.req.query("routing_key")]
      .find((one): one is string => typeof one === "string" && one !== "");
    const fault = routingKey === undefined ? "missing" : "unknown";
    const sender = await requireSender(c, routingKey === undefined ? [] : [routingKey], {
      relay,
      unknown: () => invalidEvent(`routing_key is ${fault}: use the intake token, or a group's robot_token`),
    });
    const parsed = event.safeParse(body, { error: wrongType });
    if (!parsed.success) {
      throw invalidEvent(
        ...parsed.error.issues.map(({ path, message }) => `${path.join(".") || "event"}: ${message}`),
      );
    }
    const { event_action: action, payload, client } = parsed.data;
    if (action === "trigger" && !payload) {
      throw invalidEvent("payload is missing: a trigger needs payload.summary");
    }
    const dedupKey = dedupKeyOf(parsed.data);
    const key = keyOf("pagerduty", dedupKey, sender);
    if (action === "acknowledge") {
      await actOnKey(relay, key, { act: { kind: action, user: client }, sender, now });
    } else {
      const end = action === "resolve" ? await endOf(relay, key, now) : undefined;
      const alert = !payload && end ? end.alert : alertOf(parsed.data, {
        ...config,
        over: action === "resolve" ? { startsAt: end?.alert.startsAt ?? null, endsAt: now } : undefined,
      });
      await accept([{ identity: key.identity, alert }], { now, bytes, group: end?.notified ?? sender.group });
    }
    await noteAccepted(c, relay, { door: "pagerduty" });
    return c.json({ status: "success", message: "Event processed", dedup_key: dedupKey }, 202);
  }

  app.post(
    "/v2/enqueue",
    described({
      summary: "Accept an event as PagerDuty's Events API v2 does",
      door: {
        name: "PagerDuty",
        paste: "url: http://fenghuo:8000/v2/enqueue, routing_key: YOUR-ROBOT-TOKEN",
      },
      security: "robot",
      body: () => event,
      status: 202,
      answer: () => z.object({ status: z.literal("success"), message: z.string(), dedup_key: z.string() }),
      refusals: { 400: "The event or its routing key is wrong: `errors` says how" },
    }, enqueue),
  );
  app.onError(refuseWith(relay, {
    door: "pagerduty",
    report,
    body: ({ status, message, details }) =>
      status >= 500 ? { status: "error", message } : {
        status: "invalid event",
        message: "Event object is invalid",
        errors: details?.errors ?? [message],
      },
  }));
  return app;
}

/** The refusal of an event: PagerDuty lists its errors as `errors`. */
function invalidEvent(...faults: readonly string[]): RequestError {
  const errors = faults.slice(0, MAX_FAULTS);
  return new RequestError(400, errors.join("; "), {}, { errors });
}

/** Without a key of its own, an event is identified by its object. @throws RequestError 400 */
function dedupKeyOf({ dedup_key: key, event_action: action, payload }: PagerDutyEvent): string {
  if (key) return cut(key, { chars: KEY_CHARS });
  if (action !== "trigger") {
    throw invalidEvent(`dedup_key is missing: ${action} needs the one of its trigger`);
  }
  const { summary = "", source = "", component = "", class: kind = "" } = payload ?? {};
  return sha256Hex(JSON.stringify([summary, source, component, kind]), 32);
}

function alertOf(
  { payload, client, client_url: clientUrl, links, images, dedup_key: key }: PagerDutyEvent,
  { over, timezone, severities }: Pick<Config, "timezone" | "severities"> & {
    /** The begin and the end of the incident that the event resolves. */
    over: Pick<Alert, "startsAt" | "endsAt"> | undefined;
  },
): Alert {
  const word = payload?.severity ?? undefined;
  const { severity, recognised } = severityOf(word, severities);
  const title = cut(oneLine(payload?.summary ?? key ?? ""), { chars: 200 });
  const sources = [
    { href: clientUrl ?? "", text: client },
    ...links ?? [],
  ].filter(({ href }) => isWebAddress(href)).slice(0, MAX_LINKS);
  const picture = images?.find(({ src }) => isWebAddress(src));
  return {
    dialect: "pagerduty",
    status: over ? "resolved" : "firing",
    severity,
    ...recognised || word === undefined ? {} : { severityText: word },
    title,
    text: detailsText(payload?.custom_details),
    labels: { ...labelsOf(payload), alertname: title, severity },
    annotations: {},
    startsAt: readAnyTime(payload?.timestamp, { timezone }) ?? null,
    endsAt: null,
    ...over,
    links: [
      ...sources.map(({ href, text }): Link => ({
        kind: "source",
        url: href,
        ...text ? { title: text } : {},
      })),
      ...picture ? [{ kind: "image" as const, url: picture.src }] : [],
    ],
  };
}

function labelsOf(payload: PagerDutyEvent["payload"]): Labels {
  const { source, component, group, class: kind, custom_details: details } = payload ?? {};
  const own = { source, component, group, class: kind };
  return Object.fromEntries([
    ...typeof details === "object" ? labelsFrom([details]) : [],
    ...Object.entries(own).filter((label): label is [string, string] => Boolean(label[1])),
  ]);
}

function detailsText(details: unknown): string {
  if (details === undefined || details === null) return "";
  if (typeof details !== "object") return String(details);
  return Object.entries(details).slice(0, MAX_DETAILS)
    .map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join("\n");
}
