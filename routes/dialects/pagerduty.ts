import { type Context, Hono } from "hono";
import { z } from "zod";
import { readAnyTime } from "../../relay/base/any_time.ts";
import { sha256Hex } from "../../relay/base/hash.ts";
import { cut, oneLine } from "../../relay/base/text.ts";
import type { IncomingAlert, Labels, Link } from "../../relay/domain/alert.ts";
import type { Incident } from "../../relay/domain/incident.ts";
import { severityOf } from "../../relay/domain/severity.ts";
import type { Relay } from "../../relay/relay.ts";
import { parseJson, readBody } from "../http/body.ts";
import { described } from "../http/described.ts";
import { failureOf } from "../http/failure.ts";
import { readingOfStrangers } from "../http/reading.ts";
import { noteAccepted, noteRefusal, setSender } from "../http/refused.ts";
import { actOnKey, openIncidentOf } from "./keyed_incident.ts";
import { senderOf } from "./token_sender.ts";

const text = z.nullish(z.string());
const MAX_LABELS = 50;
const VALUE_CHARS = 2_000;

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

/** What is wrong with an event, as PagerDuty names it. */
class InvalidEvent extends Error {
  readonly errors: readonly string[];

  constructor(errors: readonly string[]) {
    super(errors.join("; "));
    this.errors = errors;
  }
}

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
    const parsed = event.safeParse(body);
    const key = [(body as { routing_key?: unknown } | null)?.routing_key, c.req.query("routing_key")]
      .find((one) => typeof one === "string" && one !== "") as string | undefined;
    const sender = key === undefined ? undefined : await senderOf(c.req.raw, [key], relay);
    if (sender === undefined) {
      throw new InvalidEvent([
        `routing_key is ${
          key === undefined ? "missing" : "unknown"
        }: use the intake token, or a group's robot_token`,
      ]);
    }
    setSender(c, sender.name, sender.group);
    if (!parsed.success) {
      throw new InvalidEvent(
        parsed.error.issues.map(({ path, message }) => `${path.join(".") || "event"}: ${message}`),
      );
    }
    const dedupKey = keyOf(parsed.data);
    const keyed = { dialect: "pagerduty", identity: { dedup_key: dedupKey } };
    if (parsed.data.event_action === "acknowledge") {
      await actOnKey(relay, keyed, {
        action: { kind: "acknowledge" },
        by: parsed.data.client || sender.name,
        now,
      });
    } else {
      const open = parsed.data.event_action === "resolve" ? await openIncidentOf(relay, keyed) : undefined;
      const alert = alertOf(parsed.data, { open, timezone: config.timezone, severities: config.severities });
      const group = sender.group === undefined ? {} : { group: sender.group };
      await accept([{ identity: keyed.identity, alert }], { now, bytes, ...group });
    }
    await noteAccepted(c, relay, { door: "pagerduty" });
    return c.json({ status: "success", message: "Event processed", dedup_key: dedupKey }, 202);
  }

  app.post(
    "/v2/enqueue",
    described({
      summary: "Accept an event as PagerDuty's Events API v2 does",
      security: "robot",
      body: () => event,
      status: 202 as 200,
      answer: () => z.object({ status: z.literal("success"), message: z.string(), dedup_key: z.string() }),
      refusals: { 400: "The event or its routing key is wrong: `errors` says how" },
    }, enqueue),
  );
  app.onError(async (error, c) => {
    const failure = error instanceof InvalidEvent
      ? { status: 400 as const, message: error.message, errors: error.errors }
      : { ...failureOf(error, c, report), errors: [(error as Error).message] };
    const { status, message, errors } = failure;
    await noteRefusal(c, relay, { door: "pagerduty", status, reason: message });
    if (status >= 500 || status === 429) return c.json({ status: "error", message }, status as 503);
    return c.json(
      { status: "invalid event", message: "Event object is invalid", errors },
      status === 413 ? 413 : 400,
    );
  });
  return app;
}

/** Without a key of its own, what an event is about identifies it: the sender could not resolve it by any other key. @throws InvalidEvent */
function keyOf({ dedup_key: key, event_action: action, payload }: PagerDutyEvent): string {
  if (key) return cut(key, { chars: 255 });
  if (action !== "trigger") {
    throw new InvalidEvent([`dedup_key is missing: ${action} needs the one of its trigger`]);
  }
  const { summary = "", source = "", component = "", class: kind = "" } = payload ?? {};
  return sha256Hex(JSON.stringify([summary, source, component, kind]), 32);
}

/** @throws InvalidEvent */
function alertOf(
  { event_action: action, payload, client, client_url: clientUrl, links, images, dedup_key: key }:
    PagerDutyEvent,
  { open, timezone, severities }: {
    open: Incident | undefined;
    timezone: string;
    severities: Parameters<typeof severityOf>[1];
  },
): IncomingAlert["alert"] {
  const isOver = action === "resolve";
  if (!payload && !isOver) throw new InvalidEvent(["payload is missing: a trigger needs payload.summary"]);
  const word = payload?.severity ?? open?.severity;
  const { severity, recognised } = severityOf(word, severities);
  const title = cut(oneLine(payload?.summary ?? open?.title ?? key ?? ""), { chars: 200 });
  const webLinks = [
    ...clientUrl ? [{ url: clientUrl, title: client ?? undefined }] : [],
    ...(links ?? []).map(({ href, text }) => ({ url: href, title: text ?? undefined })),
  ].filter(({ url }) => /^https?:/i.test(url) && URL.canParse(url)).slice(0, 20);
  return {
    dialect: "pagerduty",
    status: isOver ? "resolved" : "firing",
    severity,
    ...recognised || word === undefined ? {} : { severityText: word },
    title,
    text: detailsText(payload?.custom_details),
    labels: labelsOf(payload, title, severity),
    annotations: {},
    startsAt: readAnyTime(payload?.timestamp, { timezone }) ?? null,
    endsAt: null,
    links: [
      ...webLinks.map(({ url, title }): Link => ({ kind: "source", url, ...title ? { title } : {} })),
      ...(images ?? []).filter(({ src }) => URL.canParse(src)).slice(0, 1)
        .map(({ src }): Link => ({ kind: "image", url: src })),
    ],
  };
}

function labelsOf(payload: PagerDutyEvent["payload"], title: string, severity: string): Labels {
  const { source, component, group, class: kind, custom_details: details } = payload ?? {};
  const scalars = typeof details === "object" && details !== null && !Array.isArray(details)
    ? Object.entries(details).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value))
    : [];
  const own = Object.entries({ source, component, group, class: kind }).filter(([, value]) => value);
  return Object.fromEntries(
    [["alertname", title], ["severity", severity], ...scalars.slice(0, MAX_LABELS), ...own]
      .map(([name, value]) => [name, cut(String(value), { chars: VALUE_CHARS })]),
  );
}

function detailsText(details: unknown): string {
  if (details === undefined || details === null) return "";
  if (typeof details !== "object") return String(details);
  return Object.entries(details).slice(0, MAX_LABELS)
    .map(([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join("\n").slice(0, 20_000);
}
