import { type Context, Hono } from "hono";
import { z } from "zod";
import { groupOfOwner } from "../../relay/domain/rules.ts";
import type { Severity } from "../../relay/domain/severity.ts";
import type { Relay } from "../../relay/relay.ts";
import { sha256Hex } from "../../relay/base/hash.ts";
import { readBody } from "../http/body.ts";
import { described } from "../http/described.ts";
import { RequestError } from "../http/errors.ts";
import { noteAccepted, setSender } from "../http/refused.ts";
import { readFields, refuseWith } from "./drop_in.ts";
import { ntfyTokenOf } from "./ntfy_token.ts";
import { publishedAlert } from "./published.ts";
import { senderOf, type TokenSender } from "./token_sender.ts";

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

/** The text of a message without one. */
const UNWRITTEN = "triggered";

/** A message as JSON: https://docs.ntfy.sh/publish/#publish-as-json */
const publishedJson = z.looseObject({
  topic: z.string(),
  message: z.nullish(z.string()),
  title: z.nullish(z.string()),
  tags: z.nullish(z.array(z.string())),
  priority: z.nullish(z.number()),
  click: z.nullish(z.string()),
});

/** A message, however it was written. */
interface Message {
  readonly topic: string;
  readonly title: string;
  readonly text: string;
  readonly priority?: string | undefined;
  readonly tags?: string | undefined;
  readonly click?: string | undefined;
  /** The size of the body. */
  readonly bytes: number;
}

/**
 * `POST` or `PUT /:topic`, and JSON with the topic in it at `/`: for programs that publish to an ntfy server today. The topic is
 * a group's alias or owner; any other path is left to the routes that follow. The access token is as at {@linkcode senderOf};
 * at `/`, which is Alertmanager's, too, it is a robot's ({@linkcode isNtfyRobot}).
 */
export function ntfyRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { accept, query: { config, clock } } = relay;
  const app = new Hono();

  const groupOf = (topic: string): string | undefined =>
    config.aliases.get(topic) ?? groupOfOwner(topic, config.groups)?.id;

  async function authenticate(c: Context): Promise<TokenSender> {
    const token = ntfyTokenOf(c.req.raw);
    const sender = await senderOf(c.req.raw, token === undefined ? [] : [token], relay);
    if (sender !== undefined) return sender;
    throw new RequestError(
      401,
      "unauthorized: use the intake token, or the robot_token of the topic's group",
    );
  }

  function requireGroup(c: Context, sender: TokenSender, group: string): void {
    if (sender.group !== undefined && sender.group !== group) {
      throw new RequestError(
        403,
        `forbidden: the token is of ${sender.group}, and the topic is another group's`,
      );
    }
    setSender(c, sender.name, group);
  }

  async function notify(c: Context, group: string, message: Message): Promise<Response> {
    const { topic, title, text, priority = "default", tags, click, bytes } = message;
    const now = clock.now();
    const alert = publishedAlert({
      dialect: "ntfy",
      title,
      text,
      severity: SEVERITY.get(priority.toLowerCase()) ?? "warning",
      link: click,
      labels: { topic, tags },
    });
    await accept([alert], { now, bytes, group });
    await noteAccepted(c, relay, { door: "ntfy" });
    const time = Math.floor(now / 1_000);
    const id = sha256Hex(`${now} ${title} ${text}`, 12);
    return c.json({
      id,
      time,
      expires: time + KEPT_SECONDS,
      event: "message",
      topic,
      ...title ? { title } : {},
      message: text,
    });
  }

  async function publish(c: Context, group: string): Promise<Response> {
    const { searchParams } = new URL(c.req.url);
    const given = (name: keyof typeof NAMES): string | undefined => {
      const values = NAMES[name].map((one) => c.req.header(one) ?? searchParams.get(one) ?? undefined);
      return values.find((value) => value !== undefined);
    };
    requireGroup(c, await authenticate(c), group);
    const { text, bytes } = await readBody(c.req.raw);
    return await notify(c, group, {
      topic: c.req.param("topic")!,
      title: headerText(given("title")),
      text: text.trim() || headerText(given("message")) || UNWRITTEN,
      priority: given("priority"),
      tags: given("tags"),
      click: given("click"),
      bytes,
    });
  }

  async function publishJson(c: Context): Promise<Response> {
    const sender = await authenticate(c);
    setSender(c, sender.name, sender.group);
    const { fields, bytes } = await readFields(c, publishedJson, {
      wrong: ({ field, reason }) =>
        new RequestError(400, `invalid request: request body must be message JSON: ${field}: ${reason}`),
    });
    const { topic, title, message, priority, tags, click } = fields;
    const group = groupOf(topic);
    if (group === undefined) {
      throw new RequestError(404, "page not found: the topic is neither an alias nor the owner of a group");
    }
    requireGroup(c, sender, group);
    return await notify(c, group, {
      topic,
      title: title ?? "",
      text: message?.trim() || UNWRITTEN,
      priority: priority?.toString(),
      tags: tags?.join(","),
      click: click ?? undefined,
      bytes,
    });
  }

  const description = {
    summary: "Accept a message as ntfy does",
    door: {
      name: "ntfy",
      paste: 'curl -H "Authorization: Bearer YOUR-ROBOT-TOKEN" -d "text" http://fenghuo:8000/YOUR-TOPIC',
    },
    details: "The topic is one of a group's `aliases`, or its owner.",
    security: "robot",
    body: () => z.string(),
    bodyTypes: ["text/plain"],
    answer: () => z.looseObject({ id: z.string(), time: z.int(), topic: z.string(), message: z.string() }),
  } as const;
  const handle = async (c: Context, next: () => Promise<void>): Promise<Response | void> => {
    const topic = c.req.param("topic") ?? "";
    const group = groupOf(topic);
    return group === undefined ? await next() : await publish(c, group);
  };
  app.post("/:topic{[-_A-Za-z0-9]{1,64}}", described(description, handle));
  app.put("/:topic{[-_A-Za-z0-9]{1,64}}", described(description, handle));
  app.on(["POST", "PUT"], "/", publishJson);
  app.onError(refuseWith(relay, {
    door: "ntfy",
    report,
    body: ({ status, message }) => ({ code: status * 100 + 1, http: status, error: message }),
  }));
  return app;
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
