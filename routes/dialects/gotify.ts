import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Severity } from "../../relay/domain/severity.ts";
import type { Relay } from "../../relay/relay.ts";
import { credentialsIn, secretsIn } from "../http/auth.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { noteAccepted } from "../http/refused.ts";
import { readFields, refuseWith } from "./drop_in.ts";
import { publishedAlert } from "./published.ts";
import { requireSender } from "./token_sender.ts";

/** Source: https://gotify.net/docs/pushmsg */
const message = z.object({
  title: z.nullish(z.string()),
  message: z.string().min(1),
  priority: z.nullish(z.coerce.number()),
  extras: z.nullish(z.looseObject({
    "client::notification": z.looseObject({ click: z.looseObject({ url: z.string() }).optional() })
      .optional(),
  })),
});

/** `POST /message`: for programs that push to a Gotify server today. The application token is as at {@linkcode requireSender}. */
export function gotifyRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { accept, query: { clock } } = relay;
  const app = new Hono();
  let count = 0;

  async function push(c: Context): Promise<Response> {
    const now = clock.now();
    const header = c.req.header("x-gotify-key") ??
      credentialsIn(c.req.header("authorization") ?? "")?.password;
    const tokens = header ? [header] : secretsIn(new URL(c.req.url).searchParams, "token");
    const sender = await requireSender(c, tokens, {
      relay,
      unknown: () =>
        new RequestError(
          401,
          "you need to provide a valid access token: the intake token, or a group's robot_token",
        ),
    });
    const { fields: { title, message: text, priority, extras }, bytes } = await readFields(c, message, {
      wrong: ({ field, reason }) => new RequestError(400, `Field '${field}': ${reason}`),
    });
    const alert = publishedAlert({
      dialect: "gotify",
      title: title ?? undefined,
      text,
      severity: severityAt(priority ?? 0),
      link: extras?.["client::notification"]?.click?.url,
    });
    await accept([alert], { now, bytes, group: sender.group });
    await noteAccepted(c, relay, { door: "gotify" });
    return c.json({
      id: ++count,
      appid: 1,
      message: text,
      title: title ?? "",
      priority: priority ?? 0,
      date: new Date(now).toISOString(),
    });
  }

  app.post(
    "/message",
    described({
      summary: "Accept a message as Gotify does",
      door: { name: "Gotify", paste: "http://fenghuo:8000/message?token=YOUR-ROBOT-TOKEN" },
      security: "robot",
      body: () => message,
      answer: () => z.looseObject({ id: z.int(), message: z.string() }),
    }, push),
  );
  app.onError(refuseWith(relay, {
    door: "gotify",
    report,
    body: ({ status, message }) => ({
      error: NAMES[status] ?? "Error",
      errorCode: status,
      errorDescription: message,
    }),
  }));
  return app;
}

const NAMES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  413: "Request Entity Too Large",
  503: "Service Unavailable",
};

/** Gotify's clients notify from 4, with a sound from 8: https://gotify.net/docs */
function severityAt(priority: number): Severity {
  return priority >= 8 ? "critical" : priority >= 4 ? "warning" : "info";
}
