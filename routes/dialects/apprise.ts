import { type Context, Hono } from "hono";
import { z } from "zod";
import { type Severity, severityOf } from "../../relay/domain/severity.ts";
import type { Relay } from "../../relay/relay.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { noteAccepted } from "../http/refused.ts";
import { readFields, refuseWith } from "./drop_in.ts";
import { publishedAlert } from "./published.ts";
import { requireSender } from "./token_sender.ts";

const text = z.nullish(z.string());

/** Source: https://github.com/caronc/apprise-api */
const notification = z.object({
  body: z.string().min(1),
  title: text,
  type: text,
  tag: z.unknown().optional(),
  format: text,
});

/** Apprise's types. */
const SEVERITY: ReadonlyMap<string, Severity> = new Map([
  ["failure", "critical"],
  ["warning", "warning"],
  ["info", "info"],
  ["success", "info"],
]);

/** `POST /notify/:key`: for programs that notify through an Apprise API today. The key is as at {@linkcode requireSender}. */
export function appriseRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { accept, query: { clock } } = relay;
  const app = new Hono();

  async function notify(c: Context): Promise<Response> {
    const now = clock.now();
    const sender = await requireSender(c, [c.req.param("key") ?? ""], {
      relay,
      unknown: () =>
        new RequestError(
          404,
          "There is no configuration of this key: use the intake token, or a group's robot_token",
        ),
    });
    const { fields: { body, title, type }, bytes } = await readFields(c, notification, {
      wrong: ({ field, reason }) => new RequestError(400, `Bad FORM Payload provided: ${field}: ${reason}`),
    });
    const severity = SEVERITY.get((type ?? "info").toLowerCase()) ?? severityOf(type ?? undefined).severity;
    const alert = publishedAlert({ dialect: "apprise", title: title ?? undefined, text: body, severity });
    await accept([alert], { now, bytes, group: sender.group });
    await noteAccepted(c, relay, { door: "apprise" });
    return c.json({ error: null });
  }

  app.post(
    "/notify/:key",
    described({
      summary: "Accept a notification as the Apprise API does",
      door: {
        name: "Apprise API",
        paste: "http://fenghuo:8000/notify/YOUR-ROBOT-TOKEN",
      },
      security: "robot",
      body: () => notification,
      answer: () => z.object({ error: z.null() }),
      refusals: { 404: "Nobody has this key" },
    }, notify),
  );
  app.onError(refuseWith(relay, { door: "apprise", report, body: ({ message }) => ({ error: message }) }));
  return app;
}
