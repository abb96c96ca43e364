import { type Context, Hono } from "hono";
import { z } from "zod";
import { didYouMean } from "../../relay/base/nearest.ts";
import type { Door } from "../../relay/config/mod.ts";
import type { Mapped, WrongAlert } from "../../relay/domain/mapping/map_payload.ts";
import type { Relay } from "../../relay/relay.ts";
import { requireIntakeToken } from "../http/auth.ts";
import { readBytes } from "../http/body.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { answerFailure, failureOf } from "../http/failure.ts";
import { readingOfStrangers } from "../http/reading.ts";
import { noteAccepted, noteRefusal, setSender } from "../http/refused.ts";
import { parseBody } from "./any_json.ts";
import { doorAlerts } from "./door_alerts.ts";
import { authenticate, requireHmac } from "./door_auth.ts";
import { Certificates, type OpenedRequest, openRequest } from "./door_types/mod.ts";

/** The counts of a request without alerts. */
const NOTHING = { accepted: 0, duplicates: 0, notifications: 0, ignored: 0 };

/** At most this many refused alerts are named in an answer. */
const MAX_NAMED = 20;

/** An alert of the payload that was not accepted. */
const refusedAlert = z.object({
  alert: z.int().meta({ description: "Its place in the payload, from 0" }),
  field: z.string(),
  reason: z.string(),
});

/** `POST /in/:name`: any JSON, which a door of the configuration maps to alerts. */
export function inRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { query: { config, clock } } = relay;
  const app = new Hono();
  const { getText } = relay.commands;
  const certificates = new Certificates(getText);

  /** The door of a request's address. @throws RequestError 401, 404 */
  async function doorOf(c: Context): Promise<Door> {
    const name = c.req.param("name") ?? "";
    const door = config.doors.get(name);
    if (door !== undefined) return door;
    await requireIntakeToken(c.req.raw, { relay, door: "in" });
    const meant = didYouMean(name, config.doors.keys());
    throw new RequestError(404, `There is no door of this name${meant}: declare it under doors`);
  }

  async function take(c: Context): Promise<Response> {
    const now = clock.now();
    const door = await doorOf(c);
    const prove = (): void => setSender(c, `door ${door.name}`, door.group);
    const isProven = await authenticate(c.req.raw, door, relay);
    if (isProven) prove();
    const isStranger = !isProven || door.auth === "none";
    const body = await readBytes(c.req.raw, { within: isStranger ? readingOfStrangers : undefined });
    requireHmac(c.req.raw, { body, door });
    const { headers } = c.req.raw;
    const opened: OpenedRequest = door.type
      ? await openRequest({ headers, body, now }, door.type, { getText, certificates, door: door.name })
      : { payload: await parseBody(body, headers.get("content-type") ?? "") };
    if (!isProven) prove();
    const claim = opened.once === undefined
      ? undefined
      : await relay.commands.claimMessage(door.name, opened.once, now);
    if (claim === "busy") {
      throw new RequestError(503, "This message is being accepted: send it again in a moment", {
        "retry-after": "5",
      });
    }
    if (claim === "done") return answerOf(door) ?? c.json({ ...NOTHING, repeated: true });
    try {
      const answer = await accept(c, opened, { door, now, bytes: body.byteLength });
      await claim?.done();
      return answer;
    } catch (error) {
      await claim?.release().catch(() => {}); // the next try acts anyway, half a minute later
      throw error;
    }
  }

  async function accept(
    c: Context,
    opened: OpenedRequest,
    { door, now, bytes }: { door: Door; now: number; bytes: number },
  ): Promise<Response> {
    const { alerts, wrong, ignored }: Mapped = "alerts" in opened
      ? { alerts: await opened.alerts(), wrong: [], ignored: 0 }
      : await doorAlerts(opened.payload, door, config);
    if (alerts.length === 0 && wrong.length > 0) {
      throw new RequestError(422, reasonOf(wrong), {}, { refused: named(wrong) });
    }
    const { accepted, duplicates, notifications } = alerts.length === 0
      ? NOTHING
      : await relay.accept(alerts, { now, bytes, group: door.group });
    if (wrong.length > 0) {
      await noteRefusal(c, relay, { door: `in/${door.name}`, status: 422, reason: reasonOf(wrong) });
    } else await noteAccepted(c, relay, { door: `in/${door.name}` });
    const refused = wrong.length > 0 ? { refused: named(wrong) } : {};
    return answerOf(door) ?? c.json({ accepted, duplicates, notifications, ignored, ...refused });
  }

  /**
   * The validation request of CloudEvents' web hooks, by which a sender such as Azure Event Grid asks whether it may send.
   *
   * Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#4-abuse-protection
   */
  async function allow(c: Context): Promise<Response> {
    const door = await doorOf(c);
    if (door.type?.name !== "cloudevents") {
      throw new RequestError(405, "This address takes alerts by POST", { allow: "POST" });
    }
    await authenticate(c.req.raw, door, relay);
    const origin = c.req.header("webhook-request-origin") ?? "";
    if (!/^[\w.*:-]{1,255}$/.test(origin)) {
      throw new RequestError(400, "WebHook-Request-Origin is missing: name the host of the sender there");
    }
    return new Response(null, {
      headers: { allow: "POST", "webhook-allowed-origin": origin, "webhook-allowed-rate": "*" },
    });
  }

  app.post(
    "/in/:name",
    described({
      summary: "Accept any JSON, as a door of the configuration maps it to alerts",
      door: { name: "any JSON", paste: "POST http://fenghuo:8000/in/zabbix?token=YOUR-INTAKE-TOKEN" },
      details:
        "Form fields, NDJSON and JSON inside a JSON string count as JSON. One alert that cannot be read costs only itself: " +
        "`refused` says which and why. A door with a type takes what its protocol says; `repeated`: the message was accepted before.",
      params: { name: "The name of one of `doors` in the configuration" },
      security: "intake",
      body: () => z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]),
      example: { host: "db-1", state: "PROBLEM", trigger: "Disk is full" },
      answer: () =>
        z.object({
          accepted: z.int().min(0),
          duplicates: z.int().min(0),
          notifications: z.int().min(0),
          ignored: z.int().min(0),
          refused: z.array(refusedAlert).exactOptional(),
          repeated: z.literal(true).exactOptional(),
        }),
      refusals: {
        404: "No door of this name is configured",
        422: "No alert of the payload can be read",
      },
    }, take),
  );
  app.options(
    "/in/:name",
    described({
      summary: "Whether a sender of CloudEvents may send",
      details: "The validation request of CloudEvents' web hooks, at a door of type cloudevents.",
      params: { name: "The name of one of `doors` in the configuration" },
      security: "intake",
      headers: { "webhook-request-origin": "The sender's host" },
      refusals: { 404: "No door of this name is configured", 405: "The door is of another type" },
    }, allow),
  );
  app.onError(async (error, c) => {
    const failure = failureOf(error, c, report);
    const door = config.doors.get(c.req.param("name") ?? "");
    const { status, message: reason } = failure;
    await noteRefusal(c, relay, { door: door ? `in/${door.name}` : "in", status, reason });
    return answerFailure(c, failure);
  });
  return app;
}

function reasonOf([first, ...more]: readonly WrongAlert[]): string {
  const { index, field, reason } = first!;
  const others = more.length > 0 ? ` (and ${more.length} more)` : "";
  return field === "alerts" ? `alerts: ${reason}${others}` : `alert ${index}: ${field}: ${reason}${others}`;
}

function named(wrong: readonly WrongAlert[]): z.output<typeof refusedAlert>[] {
  return wrong.slice(0, MAX_NAMED).map(({ index, field, reason }) => ({ alert: index, field, reason }));
}

/** The answer that the door has for its sender, if it has one. */
function answerOf({ answer }: Door): Response | undefined {
  if (answer === undefined) return undefined;
  const { status = 200, body } = answer;
  if (status === 204 || status === 205) return new Response(null, { status }); // they have no body
  return typeof body === "string" ? new Response(body, { status }) : Response.json(body, { status });
}
