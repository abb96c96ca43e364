import { type Context, Hono } from "hono";
import { z } from "zod";
import { groupOfOwner } from "../../relay/domain/rules.ts";
import type { Severity } from "../../relay/domain/severity.ts";
import type { Relay } from "../../relay/relay.ts";
import { sha256Hex } from "../../relay/base/hash.ts";
import { credentialsIn } from "../http/auth.ts";
import { readBody } from "../http/body.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { noteAccepted, setSender } from "../http/refused.ts";
import { refuseWith } from "./drop_in.ts";
import { publishedAlert } from "./published.ts";
import { senderOf } from "./token_sender.ts";

/** ntfy's priorities, by number and by name: https://docs.ntfy.sh/publish/#message-priority */
const SEVERITY: ReadonlyMap<string, Severity> = new Map([
  ["5", "critical"],
  ["max", "critical"],
  ["urgent", "critical"],
  ["4", "error"],
  ["high", "error"],
  ["3", "warning"],
  ["default", "warning"],
  ["2", "info"],
  ["low", "info"],
  ["1", "info"],
  ["min", "info"],
]);

/** The spellings of each header and parameter: https://docs.ntfy.sh/publish/#list-of-all-parameters */
const NAMES = {
  title: ["x-title", "title", "ti", "t"],
  message: ["x-message", "message", "m"],
  priority: ["x-priority", "priority", "prio", "p"],
  tags: ["x-tags", "tags", "tag", "ta"],
  click: ["x-click", "click"],
} as const;

/** The time that ntfy.sh stores a message, in seconds: https://docs.ntfy.sh/config/#message-cache */
const KEPT_SECONDS = 12 * 3_600;

/**
 * `POST` or `PUT /:topic`: for programs that publish to an ntfy server today. The topic is a group's alias or owner; any other
 * path is left to the routes that follow. The access token is as at {@linkcode senderOf}.
 */
export function ntfyRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { accept, query: { config, clock } } = relay;
  const app = new Hono();

  async function publish(c: Context, group: string): Promise<Response> {
    const now = clock.now();
    const { searchParams } = new URL(c.req.url);
    const given = (name: keyof typeof NAMES): string | undefined => {
      const values = NAMES[name].map((one) => c.req.header(one) ?? searchParams.get(one) ?? undefined);
      return values.find((value) => value !== undefined);
    };
    const auth = c.req.header("authorization") || decodedAuth(searchParams.get("auth"));
    const token = credentialsIn(auth)?.password;
    const sender = await senderOf(c.req.raw, token === undefined ? [] : [token], relay);
    if (sender === undefined) {
      throw new RequestError(
        401,
        "unauthorized: use the intake token, or the robot_token of the topic's group",
      );
    }
    if (sender.group !== undefined && sender.group !== group) {
      throw new RequestError(
        403,
        `forbidden: the token is of ${sender.group}, and the topic is another group's`,
      );
    }
    setSender(c, sender.name, group);
    const { text, bytes } = await readBody(c.req.raw);
    const title = headerText(given("title"));
    const message = text.trim() || headerText(given("message")) || "triggered";
    const alert = publishedAlert({
      dialect: "ntfy",
      title,
      text: message,
      severity: SEVERITY.get((given("priority") ?? "default").toLowerCase()) ?? "warning",
      link: given("click"),
      labels: { topic: c.req.param("topic"), tags: given("tags") },
    });
    await accept([alert], { now, bytes, group });
    await noteAccepted(c, relay, { door: "ntfy" });
    const time = Math.floor(now / 1_000);
    const id = sha256Hex(`${now} ${title} ${message}`, 12);
    return c.json({
      id,
      time,
      expires: time + KEPT_SECONDS,
      event: "message",
      topic: c.req.param("topic"),
      ...title ? { title } : {},
      message,
    });
  }

  const description = {
    summary: "Accept a message as ntfy does",
    door: {
      name: "ntfy",
      paste: 'curl -H "Authorization: Bearer YOUR-ROBOT-TOKEN" -d "text" http://fenghuo:8000/default',
    },
    details: "The topic is one of a group's `aliases`, or its owner.",
    security: "robot",
    body: () => z.string(),
    bodyTypes: ["text/plain"],
    answer: () => z.looseObject({ id: z.string(), time: z.int(), topic: z.string(), message: z.string() }),
  } as const;
  const handle = async (c: Context, next: () => Promise<void>): Promise<Response | void> => {
    const topic = c.req.param("topic") ?? "";
    const group = config.aliases.get(topic) ?? groupOfOwner(topic, config.groups)?.id;
    return group === undefined ? await next() : await publish(c, group);
  };
  app.post("/:topic{[-_A-Za-z0-9]{1,64}}", described(description, handle));
  app.put("/:topic{[-_A-Za-z0-9]{1,64}}", described(description, handle));
  app.onError(refuseWith(relay, {
    door: "ntfy",
    report,
    body: ({ status, message }) => ({ code: status * 100 + 1, http: status, error: message }),
  }));
  return app;
}

/** `?auth=` holds a whole header in base64: https://docs.ntfy.sh/publish/#query-param */
function decodedAuth(text: string | null): string {
  try {
    return text === null ? "" : atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}

/** A header's text: words beyond Latin-1 arrive as RFC 2047, or as bytes of UTF-8. */
function headerText(text: string | undefined): string {
  if (text === undefined) return "";
  const word = /^=\?utf-8\?([bq])\?(.*)\?=$/i.exec(text.trim());
  try {
    if (word?.[1]?.toLowerCase() === "b") {
      return decode(Uint8Array.from(atob(word[2]!), (char) => char.charCodeAt(0)));
    }
    if (word) {
      return decodeURIComponent(word[2]!.replaceAll("_", " ").replaceAll("%", "%25").replaceAll("=", "%"));
    }
    return /[\u0080-\u00ff]/.test(text) ? decode(Uint8Array.from(text, (char) => char.charCodeAt(0))) : text;
  } catch {
    return text;
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
