import { type Context, Hono } from "hono";
import { z } from "zod";
import { sha256Hex } from "../../relay/base/hash.ts";
import { cut, oneLine } from "../../relay/base/text.ts";
import type { Labels } from "../../relay/domain/alert.ts";
import type { Action } from "../../relay/domain/action.ts";
import type { Severity } from "../../relay/domain/severity.ts";
import type { Relay } from "../../relay/relay.ts";
import { parseJson, readBody } from "../http/body.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { failureOf } from "../http/failure.ts";
import { noteAccepted, noteRefusal, setSender } from "../http/refused.ts";
import { actOnKey, type Key, openIncidentOf } from "./keyed_incident.ts";
import { senderOf, type TokenSender } from "./token_sender.ts";

const text = z.nullish(z.string());
const VALUE_CHARS = 2_000;
const MAX_LABELS = 50;

/** A new alert. Source: https://docs.opsgenie.com/docs/alert-api */
const newAlert = z.object({
  message: z.string().min(1),
  alias: text,
  description: text,
  entity: text,
  source: text,
  priority: z.nullish(z.enum(["P1", "P2", "P3", "P4", "P5"])),
  tags: z.nullish(z.array(z.string())),
  details: z.nullish(z.record(z.string(), z.unknown())),
  note: text,
});

/** What ends or acknowledges an alert, or adds a note. */
const said = z.object({ user: text, source: text, note: text });

const SEVERITY: Readonly<Record<string, Severity>> = {
  P1: "critical",
  P2: "error",
  P3: "warning",
  P4: "info",
  P5: "info",
};

/**
 * `POST /v2/alerts`, `POST /v2/alerts/:alias/{close,acknowledge,unacknowledge,notes}`: for programs that send to Opsgenie or
 * Jira Service Management today. The key of `Authorization: GenieKey …` is the group's `robot_token`, the intake token, or an API
 * token. Also below `/jsm/ops/integration`.
 */
export function opsgenieRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { accept, query: { clock } } = relay;
  const app = new Hono();

  async function sender(c: Context): Promise<TokenSender> {
    const [, key] = /^GenieKey\s+(\S+)\s*$/i.exec(c.req.header("authorization") ?? "") ?? [];
    const found = key === undefined ? undefined : await senderOf(c.req.raw, [key], relay);
    if (found === undefined) {
      throw new RequestError(
        401,
        `The API key is ${
          key === undefined ? "missing: send Authorization: GenieKey" : "unknown: use"
        } the intake token, or a group's robot_token`,
      );
    }
    setSender(c, found.name, found.group);
    return found;
  }

  async function read<S extends z.ZodType>(
    c: Context,
    schema: S,
  ): Promise<{ body: z.output<S>; bytes: number }> {
    const { text, bytes } = await readBody(c.req.raw);
    const parsed = schema.safeParse(text.trim() === "" ? {} : parseJson(text));
    if (parsed.success) return { body: parsed.data, bytes };
    const [issue] = parsed.error.issues as [z.core.$ZodIssue];
    throw new RequestError(422, `${issue.path.join(".") || "body"}: ${issue.message}`);
  }

  async function create(c: Context): Promise<Response> {
    const now = clock.now();
    const { group } = await sender(c);
    const { body, bytes } = await read(c, newAlert);
    const { message, alias, description, priority, source, note } = body;
    const { identity } = keyOf(alias || sha256Hex(message, 32));
    const severity = SEVERITY[priority ?? "P3"]!;
    await accept([{
      identity,
      alert: {
        dialect: "opsgenie",
        status: "firing",
        severity,
        title: cut(oneLine(message), { chars: 200 }),
        text: [description, note].filter(Boolean).join("\n\n").slice(0, 20_000),
        labels: labelsOf(body, severity),
        annotations: {},
        startsAt: null,
        endsAt: null,
        links: source && /^https?:/i.test(source) && URL.canParse(source)
          ? [{ kind: "source", url: source }]
          : [],
      },
    }], { now, bytes, ...group === undefined ? {} : { group } });
    return await accepted(c);
  }

  async function end(c: Context): Promise<Response> {
    const now = clock.now();
    const { group } = await sender(c);
    const { body, bytes } = await read(c, said);
    const key = keyOf(c.req.param("alias") ?? "");
    const open = await openIncidentOf(relay, key);
    if (open) {
      await accept([{
        identity: key.identity,
        alert: {
          dialect: "opsgenie",
          status: "resolved",
          severity: open.severity,
          title: open.title,
          text: body.note ?? "",
          labels: { alertname: open.title, severity: open.severity },
          annotations: {},
          startsAt: null,
          endsAt: now,
          links: [],
        },
      }], { now, bytes, ...group === undefined ? {} : { group } });
    }
    return await accepted(c);
  }

  const acts = (kind: "acknowledge" | "unacknowledge" | "note") => async (c: Context): Promise<Response> => {
    const { name } = await sender(c);
    const { body } = await read(c, said);
    const text = body.note ?? undefined;
    if (kind !== "note" || text) {
      const action = { kind, ...text === undefined ? {} : { text } } as Action;
      await actOnKey(relay, keyOf(c.req.param("alias") ?? ""), {
        action,
        by: body.user || name,
        now: clock.now(),
      });
    }
    return await accepted(c);
  };

  async function accepted(c: Context): Promise<Response> {
    await noteAccepted(c, relay, { door: "opsgenie" });
    return c.json({ result: "Request will be processed", took: 0.001, requestId: crypto.randomUUID() }, 202);
  }

  const answer = (): z.ZodType => z.object({ result: z.string(), took: z.number(), requestId: z.string() });
  for (const base of ["/v2/alerts", "/jsm/ops/integration/v2/alerts"]) {
    const describe = (
      summary: string,
      body: z.ZodType,
      handler: (c: Context) => Promise<Response>,
    ): typeof handler => described({ summary, security: "robot", body: () => body, answer }, handler);
    app.post(base, describe("Accept an alert as Opsgenie does", newAlert, create));
    app.post(`${base}/:alias/close`, describe("End an alert, as Opsgenie does", said, end));
    app.post(
      `${base}/:alias/acknowledge`,
      describe("Acknowledge, as Opsgenie does", said, acts("acknowledge")),
    );
    app.post(
      `${base}/:alias/unacknowledge`,
      describe("Undo it, as Opsgenie does", said, acts("unacknowledge")),
    );
    app.post(`${base}/:alias/notes`, describe("Add a note, as Opsgenie does", said, acts("note")));
  }
  app.onError(async (error, c) => {
    const { status, message } = failureOf(error, c, report);
    await noteRefusal(c, relay, { door: "opsgenie", status, reason: message });
    return c.json({ message, took: 0.001, requestId: crypto.randomUUID() }, status as 422);
  });
  return app;
}

function keyOf(alias: string): Key {
  return { dialect: "opsgenie", identity: { alias: cut(alias, { chars: 512 }) } };
}

function labelsOf(
  { message, entity, source, tags, details }: z.output<typeof newAlert>,
  severity: string,
): Labels {
  const scalars = Object.entries(details ?? {}).filter(([, value]) => typeof value !== "object");
  const own = Object.entries({ entity, source, tags: tags?.join(",") }).filter(([, value]) => value);
  return Object.fromEntries(
    [["alertname", message], ["severity", severity], ...scalars.slice(0, MAX_LABELS), ...own]
      .map(([name, value]) => [name, cut(String(value), { chars: VALUE_CHARS })]),
  );
}
