import { type Context, Hono } from "hono";
import { z } from "zod";
import { didYouMean } from "../../relay/base/nearest.ts";
import { nodeCrypto } from "../../relay/base/node_crypto.ts";
import { sameSecret } from "../../relay/base/same_secret.ts";
import type { Door, DoorHmac } from "../../relay/config/mod.ts";
import { mapPayload, type WrongAlert } from "../../relay/domain/mapping/map_payload.ts";
import type { Relay } from "../../relay/relay.ts";
import { credentialsIn, refusePages, requireIntakeToken, secretsIn } from "../http/auth.ts";
import { readBytes } from "../http/body.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { answerFailure, failureOf } from "../http/failure.ts";
import { readingOfStrangers } from "../http/reading.ts";
import { noteAccepted, noteRefusal, setSender } from "../http/refused.ts";
import { parseAnyJson } from "./any_json.ts";

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

  async function take(c: Context): Promise<Response> {
    const now = clock.now();
    const door = config.doors.get(c.req.param("name") ?? "");
    if (door === undefined) {
      await requireIntakeToken(c.req.raw, { relay, door: "in" });
      const meant = didYouMean(c.req.param("name") ?? "", config.doors.keys());
      throw new RequestError(404, `There is no door of this name${meant}: declare it under doors`);
    }
    const sender = `door ${door.name}`;
    const isProven = await authenticate(c, door, relay);
    if (isProven) setSender(c, sender, door.group);
    const isStranger = !isProven || door.auth === "none";
    const body = await readBytes(c.req.raw, { within: isStranger ? readingOfStrangers : undefined });
    if (!isProven) {
      requireHmac(c.req.raw, { body, door });
      setSender(c, sender, door.group);
    }
    const payload = await parseAnyJson(body, c.req.header("content-type") ?? "");
    const { alerts, wrong, ignored } = mapPayload(payload, door.mapping, {
      dialect: door.name,
      severities: config.severities,
    });
    if (alerts.length === 0 && wrong.length > 0) {
      throw new RequestError(422, reasonOf(wrong), {}, { refused: named(wrong) });
    }
    const { accepted, duplicates, notifications } = alerts.length === 0
      ? { accepted: 0, duplicates: 0, notifications: 0 }
      : await relay.accept(alerts, { now, bytes: body.byteLength, group: door.group });
    if (wrong.length > 0) {
      await noteRefusal(c, relay, { door: `in/${door.name}`, status: 422, reason: reasonOf(wrong) });
    } else await noteAccepted(c, relay, { door: `in/${door.name}` });
    const refused = wrong.length > 0 ? { refused: named(wrong) } : {};
    return answerOf(door) ?? c.json({ accepted, duplicates, notifications, ignored, ...refused });
  }

  app.post(
    "/in/:name",
    described({
      summary: "Accept any JSON, as a door of the configuration maps it to alerts",
      details:
        "Form fields, NDJSON and JSON inside a JSON string count as JSON. One alert that cannot be read costs only itself: " +
        "`refused` says which and why.",
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
        }),
      refusals: {
        404: "No door of this name is configured",
        422: "No alert of the payload can be read",
      },
    }, take),
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

/** Whether the credential proves the sender before the body is read: a signature needs the body. @throws RequestError 401, 403 */
async function authenticate(c: Context, { auth }: Door, relay: Relay): Promise<boolean> {
  const request = c.req.raw;
  if (auth === undefined) await requireIntakeToken(request, { relay, door: "in" });
  else if (auth === "none") refusePages(request);
  else if ("token" in auth) {
    const header = credentialsIn(request.headers.get("authorization") ?? "");
    if (header?.user !== undefined) refusePages(request); // a browser adds Basic credentials by itself
    const sent = header ? [header.password] : secretsIn(new URL(request.url).searchParams, "token");
    if (!sent.some((one) => sameSecret(one, auth.token))) {
      throw new RequestError(
        401,
        `${sent.length > 0 ? "The token is wrong" : "The token is missing"}: ` +
          "send the door's token as Bearer, as the password of Basic, or as ?token=",
        { "www-authenticate": 'Bearer realm="fenghuo", Basic realm="fenghuo"' },
      );
    }
  } else return false;
  return true;
}

/** @throws RequestError 401 */
function requireHmac(request: Request, { body, door }: { body: Uint8Array; door: Door }): void {
  const { header, secret, algorithm = "sha256", encoding = "hex" } = (door.auth as { hmac: DoorHmac }).hmac;
  const sent = request.headers.get(header)?.trim().replace(/^(?:sha\d+|v\d+)[=,]/i, "");
  if (!sent) throw new RequestError(401, `The signature is missing: send it in the header ${header}`);
  const right = nodeCrypto().createHmac(algorithm, secret).update(body).digest(encoding);
  if (!sameSecret(encoding === "hex" ? sent.toLowerCase() : sent, right)) {
    throw new RequestError(401, `The signature in ${header} is wrong: is the secret the door's?`);
  }
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
