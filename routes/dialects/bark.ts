import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Severity } from "../../relay/domain/severity.ts";
import type { Relay } from "../../relay/relay.ts";
import { readBytes } from "../http/body.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { failureOf } from "../http/failure.ts";
import { noteAccepted, noteRefusal, setSender } from "../http/refused.ts";
import { parseAnyJson } from "./any_json.ts";
import { publishedAlert } from "./published.ts";
import { senderOf, type TokenSender } from "./token_sender.ts";

const text = z.nullish(z.string());

/** Source: https://github.com/Finb/bark-server/blob/master/docs/API_V2.md */
const push = z.object({
  device_key: text,
  device_keys: z.nullish(z.array(z.string())),
  title: text,
  subtitle: text,
  body: text,
  level: text,
  group: text,
  url: text,
  id: text,
});

const SEVERITY: Readonly<Record<string, Severity>> = {
  critical: "critical",
  timeSensitive: "error",
  active: "warning",
  passive: "info",
};

/** `POST /push`: for programs that push to a Bark server today. The device key is as at {@linkcode senderOf}. */
export function barkRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { accept, query: { clock } } = relay;
  const app = new Hono();

  async function take(c: Context): Promise<Response> {
    const now = clock.now();
    const body = await readBytes(c.req.raw);
    const parsed = push.safeParse(await parseAnyJson(body, c.req.header("content-type") ?? ""));
    if (!parsed.success) {
      const [issue] = parsed.error.issues as [z.core.$ZodIssue];
      throw new RequestError(400, `request bind failed: ${issue.path.join(".") || "body"}: ${issue.message}`);
    }
    const { device_key: one, device_keys: several, title, subtitle, body: words, level, group, url, id } =
      parsed.data;
    const keys = [one ?? [], several ?? []].flat().filter((key) => key !== "").slice(0, 100);
    if (keys.length === 0) throw new RequestError(400, "device key is empty");
    const senders = await Promise.all(keys.map((key) => senderOf(c.req.raw, [key], relay)));
    if (senders.includes(undefined)) {
      throw new RequestError(
        400,
        "failed to get device token: the device key must be the intake token, or a group's robot_token",
      );
    }
    const alert = publishedAlert({
      dialect: "bark",
      title: title ?? undefined,
      text: [subtitle, words].filter(Boolean).join("\n"),
      severity: SEVERITY[level ?? ""] ?? "warning",
      link: url ?? undefined,
      labels: { group: group ?? undefined },
      key: id ?? undefined,
    });
    if (alert.alert.title === "") throw new RequestError(400, "title and body are empty");
    for (const { name, group: owner } of senders as TokenSender[]) {
      setSender(c, name, owner);
      await accept([alert], { now, bytes: body.byteLength, ...owner === undefined ? {} : { group: owner } });
    }
    await noteAccepted(c, relay, { door: "bark" });
    return c.json({ code: 200, message: "success", timestamp: Math.floor(now / 1_000) });
  }

  app.post(
    "/push",
    described({
      summary: "Accept a notification as Bark does",
      security: "robot",
      body: () => push,
      answer: () => z.object({ code: z.literal(200), message: z.string(), timestamp: z.int() }),
    }, take),
  );
  app.onError(async (error, c) => {
    const { status, message } = failureOf(error, c, report);
    await noteRefusal(c, relay, { door: "bark", status, reason: message });
    return c.json({ code: status, message, timestamp: Math.floor(clock.now() / 1_000) }, status as 400);
  });
  return app;
}
