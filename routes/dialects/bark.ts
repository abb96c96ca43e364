import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Severity } from "../../relay/domain/severity.ts";
import type { Relay } from "../../relay/relay.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { readingOfStrangers } from "../http/reading.ts";
import { noteAccepted, setSender } from "../http/refused.ts";
import { readFields, refuseWith } from "./drop_in.ts";
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

const SEVERITY: ReadonlyMap<string, Severity> = new Map([
  ["critical", "critical"],
  ["timeSensitive", "error"],
  ["active", "warning"],
  ["passive", "info"],
]);

/** Our choice: keys of one notification. */
const MAX_KEYS = 100;

/** `POST /push`: for programs that push to a Bark server today. The device key is as at {@linkcode senderOf}. */
export function barkRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { accept, query: { clock } } = relay;
  const app = new Hono();

  async function take(c: Context): Promise<Response> {
    const now = clock.now();
    const { fields, bytes } = await readFields(c, push, {
      within: readingOfStrangers,
      wrong: ({ field, reason }) => new RequestError(400, `request bind failed: ${field}: ${reason}`),
    });
    const { device_key: one, device_keys: several, title, subtitle, body, level, group, url, id } = fields;
    const keys = [...new Set([one ?? [], several ?? []].flat())].filter((key) => key !== "");
    if (keys.length === 0) throw new RequestError(400, "device key is empty");
    if (keys.length > MAX_KEYS) {
      throw new RequestError(400, `batch push count exceeds the maximum limit: ${MAX_KEYS}`);
    }
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
      text: [subtitle, body].filter(Boolean).join("\n"),
      severity: SEVERITY.get(level ?? "") ?? "warning",
      link: url ?? undefined,
      labels: { group: group ?? undefined },
      key: id ?? undefined,
    });
    if (alert.alert.title === "") throw new RequestError(400, "title and body are empty");
    for (const { name, group: owner } of senders as TokenSender[]) {
      setSender(c, name, owner);
      await accept([alert], { now, bytes, group: owner });
    }
    await noteAccepted(c, relay, { door: "bark" });
    return c.json({ code: 200, message: "success", timestamp: Math.floor(now / 1_000) });
  }

  app.post(
    "/push",
    described({
      summary: "Accept a notification as Bark does",
      door: {
        name: "Bark",
        paste: "http://fenghuo:8000/push, device_key: YOUR-ROBOT-TOKEN",
      },
      security: "robot",
      body: () => push,
      answer: () => z.object({ code: z.literal(200), message: z.string(), timestamp: z.int() }),
    }, take),
  );
  app.onError(refuseWith(relay, {
    door: "bark",
    report,
    body: ({ status, message }) => ({ code: status, message, timestamp: Math.floor(clock.now() / 1_000) }),
  }));
  return app;
}
