import { type Context, Hono } from "hono";
import { z } from "zod";
import { groupNamed } from "../../relay/config/named_group.ts";
import type { IncomingAlert } from "../../relay/domain/alert.ts";
import { SEVERITIES } from "../../relay/domain/severity.ts";
import type { Relay } from "../../relay/relay.ts";
import { parseJson, readBytes } from "../http/body.ts";
import { decodeText } from "../http/charset.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { answerFailure, failureOf } from "../http/failure.ts";
import { readingOfStrangers } from "../http/reading.ts";
import { noteAccepted, noteRefusal, setSender } from "../http/refused.ts";
import { requireWebhookSignature } from "./door_types/standard_webhooks.ts";
import {
  alertFields,
  commonParts,
  identityOf,
  parsePayload,
  text,
  type WebhookOptions,
} from "./webhook_fields.ts";

const LINK_KINDS = ["source", "dashboard", "panel", "image", "runbook", "silence", "relay"] as const;

/** Alertmanager's fields, and those that the other relay has added. */
const payload = z.object({
  group: text.meta({ description: "`owner/level`; without it the rules decide" }),
  alerts: z.array(z.object({
    ...alertFields,
    severity: z.enum(SEVERITIES),
    severityText: text,
    title: z.string(),
    text: z.string(),
    verbatim: z.literal(true).optional(),
    links: z.array(z.object({ kind: z.enum(LINK_KINDS), url: z.string() })).default([]),
  })),
});

/**
 * `POST /relay`: the alerts of another relay, signed with a department's secret as Standard Webhooks specifies. An alert from
 * an Alertmanager has the same fingerprint as one that the Alertmanager sends here directly, so an alert that arrives both
 * ways, or in a loop, is a duplicate.
 */
export function relayRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { config, clock } = relay.query;
  const app = new Hono();

  /** The department that signed a request, even if another instance has only just created it. @throws RequestError 401 */
  async function signerOf({ headers }: Request, body: Uint8Array, now: number): Promise<string> {
    const name = headers.get("fenghuo-department") ?? "";
    if (!config.departments.has(name)) await relay.commands.lookAgainFor(name);
    const department = config.departments.get(name);
    if (department === undefined) {
      throw new RequestError(
        401,
        "The department is unknown here: declare it under departments, with its secret",
      );
    }
    requireWebhookSignature({ headers, body, now }, {
      keys: department.secrets.map((hmac) => ({ hmac })),
      wrong: "The signature is wrong: is the secret the department's?",
    });
    return name;
  }

  async function take(c: Context): Promise<Response> {
    const now = clock.now();
    const body = await readBytes(c.req.raw, { within: readingOfStrangers });
    const department = await signerOf(c.req.raw, body, now);
    setSender(c, `department ${department}`);
    const { group, alerts } = parseRelayed(parseJson(decodeText(body, "")), config);
    const named = group === undefined ? undefined : groupNamed(group, config);
    const { accepted, duplicates, notifications } = await relay.accept(alerts, {
      now,
      bytes: body.byteLength,
      ...named === undefined ? {} : { group: named },
    });
    await noteAccepted(c, relay, { door: "relay" });
    return c.json({ accepted, duplicates, notifications });
  }

  app.post(
    "/relay",
    described({
      summary: "Accept the alerts of another relay",
      door: {
        name: "another Fenghuo",
        paste: '{ channel: fenghuo, config: { base: "http://fenghuo:8000", secret: YOUR-SECRET } }',
      },
      details:
        "Sent by its channel `fenghuo`, signed with the secret of the department that the header names.",
      security: "signed",
      headers: {
        "fenghuo-department": "A department of the configuration",
        "webhook-id": "The id of the message",
        "webhook-timestamp": "Seconds since 1970, at most five minutes from now",
        "webhook-signature":
          "`v1,` and the base64 of HMAC-SHA256 over id, timestamp and body, joined by dots",
      },
      body: () => payload,
      answer: () =>
        z.object({ accepted: z.int().min(0), duplicates: z.int().min(0), notifications: z.int().min(0) }),
      refusals: { 401: "The department is unknown, or the signature is missing, old or wrong" },
    }, take),
  );
  app.onError(async (error, c) => {
    const failure = failureOf(error, c, report);
    await noteRefusal(c, relay, { door: "relay", status: failure.status, reason: failure.message });
    return answerFailure(c, failure);
  });
  return app;
}

/** @throws RequestError 422 with the path and the reason of the first error */
function parseRelayed(
  body: unknown,
  { ignoreLabels, severities, timezone }: WebhookOptions,
): { group: string | undefined; alerts: IncomingAlert[] } {
  const envelope = parsePayload(payload, body);
  const alerts = envelope.alerts.map((alert, index): IncomingAlert => {
    const { severity, severityText, title, text, verbatim, links } = alert;
    return {
      identity: identityOf(alert.labels, ignoreLabels),
      alert: {
        ...commonParts(alert, { index, envelope: {}, severities, timezone }),
        dialect: "alertmanager",
        severity,
        ...severityText ? { severityText } : {},
        title,
        text,
        ...verbatim ? { verbatim } : {},
        links,
      },
    };
  });
  return { group: envelope.group || undefined, alerts };
}
