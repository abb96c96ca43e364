import { type Context, Hono } from "hono";
import { z } from "zod";
import { sha256Hex } from "../../relay/base/hash.ts";
import { cut, oneLine } from "../../relay/base/text.ts";
import { isWebAddress } from "../../relay/base/web_address.ts";
import type { Alert } from "../../relay/domain/alert.ts";
import { labelsFrom } from "../../relay/domain/mapping/labels_from.ts";
import type { Severity } from "../../relay/domain/severity.ts";
import type { Relay } from "../../relay/relay.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { noteAccepted } from "../http/refused.ts";
import { readFields, refuseWith, type WrongField } from "./drop_in.ts";
import { actOnKey, endOf, type Key, keyOf } from "./keyed_incident.ts";
import { requireSender, type TokenSender } from "./token_sender.ts";

const text = z.nullish(z.string());

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

type NewAlert = z.output<typeof newAlert>;

/** The fields of a request that ends or acknowledges an alert, or adds a note. */
const said = z.object({ user: text, source: text, note: text });

const DOOR = {
  name: "Opsgenie",
  paste: "http://fenghuo:8000/v2/alerts, Authorization: GenieKey YOUR-ROBOT-TOKEN",
};

const SEVERITY: Readonly<Record<NonNullable<NewAlert["priority"]>, Severity>> = {
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
    const fault = key === undefined ? "missing: send Authorization: GenieKey with" : "unknown: use";
    return await requireSender(c, key === undefined ? [] : [key], {
      relay,
      unknown: () =>
        new RequestError(401, `The API key is ${fault} the intake token, or a group's robot_token`),
    });
  }

  /** The key of the alert that the address names. */
  const named = (c: Context, from: TokenSender): Key => keyOf("opsgenie", c.req.param("alias") ?? "", from);

  async function create(c: Context): Promise<Response> {
    const now = clock.now();
    const from = await sender(c);
    const { fields, bytes } = await readFields(c, newAlert, { wrong });
    const { identity } = keyOf("opsgenie", fields.alias || sha256Hex(fields.message, 32), from);
    await accept([{ identity, alert: alertOf(fields) }], { now, bytes, group: from.group });
    return await accepted(c);
  }

  async function close(c: Context): Promise<Response> {
    const now = clock.now();
    const from = await sender(c);
    const { fields: { note }, bytes } = await readFields(c, said, { wrong });
    const key = named(c, from);
    const end = await endOf(relay, key, now);
    if (end) {
      const alert = { ...end.alert, text: note || end.alert.text };
      await accept([{ identity: key.identity, alert }], { now, bytes, group: end.notified ?? from.group });
    }
    return await accepted(c);
  }

  const acts = (kind: "acknowledge" | "unacknowledge" | "note") => async (c: Context): Promise<Response> => {
    const from = await sender(c);
    const { fields: { user, note } } = await readFields(c, said, { wrong });
    await actOnKey(relay, named(c, from), { act: { kind, user, note }, sender: from, now: clock.now() });
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
    ): typeof handler =>
      described({ summary, security: "robot", body: () => body, status: 202, answer, door: DOOR }, handler);
    app.post(base, describe("Accept an alert as Opsgenie does", newAlert, create));
    app.post(`${base}/:alias/close`, describe("Close an alert as Opsgenie does", said, close));
    app.post(
      `${base}/:alias/acknowledge`,
      describe("Acknowledge an alert as Opsgenie does", said, acts("acknowledge")),
    );
    app.post(
      `${base}/:alias/unacknowledge`,
      describe("Withdraw an acknowledgement as Opsgenie does", said, acts("unacknowledge")),
    );
    app.post(`${base}/:alias/notes`, describe("Add a note as Opsgenie does", said, acts("note")));
  }
  app.onError(refuseWith(relay, {
    door: "opsgenie",
    report,
    body: ({ message }) => ({ message, took: 0.001, requestId: crypto.randomUUID() }),
  }));
  return app;
}

function wrong({ field, reason }: WrongField): RequestError {
  return new RequestError(422, `${field}: ${reason}`);
}

function alertOf({ message, description, entity, source, priority, tags, details, note }: NewAlert): Alert {
  const severity = SEVERITY[priority ?? "P3"];
  const title = cut(oneLine(message), { chars: 200 });
  return {
    dialect: "opsgenie",
    status: "firing",
    severity,
    title,
    text: [description, note].filter(Boolean).join("\n\n"),
    labels: {
      ...Object.fromEntries(labelsFrom([details])),
      ...entity ? { entity } : {},
      ...source ? { source } : {},
      ...tags?.length ? { tags: tags.join(",") } : {},
      alertname: title,
      severity,
    },
    annotations: {},
    startsAt: null,
    endsAt: null,
    links: source && isWebAddress(source) ? [{ kind: "source", url: source }] : [],
  };
}
