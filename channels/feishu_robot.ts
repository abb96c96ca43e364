import { defineChannel, laneAt, type Message, secret, server, z } from "../relay/channel.ts";
import { verdictOn } from "./_feishu/answer.ts";
import { authoredContentOf } from "./_feishu/authored.ts";
import { cardJson } from "./_feishu/card.ts";
import { cardOf, FEISHU_MARKDOWN } from "./_feishu/markdown.ts";
import { REMEDIES } from "./_feishu/remedies.ts";
import { configIn } from "./_feishu/robot_address.ts";
import { signatureOf } from "./_feishu/signature.ts";

const config = z.object({
  token: secret("Token", {
    description: "The last part of the robot's webhook address.",
    part: "its last part, after /hook/,",
  }),
  secret: secret("Signing secret", { optional: true, description: "Where the robot asks for a signature." }),
  base: server({
    default: "https://open.feishu.cn",
    description: "What stands before /open-apis/bot/v2/hook: https://open.larksuite.com for Lark.",
  }),
  keyword: z.string().min(1).optional().meta({
    title: "Keyword",
    description: "Where the robot asks for one: added to a message that does not have it.",
  }),
  form: z.enum(["card", "text"]).default("card").meta({
    title: "Form",
    description: "A card has a head in the colour of the severity, and links as buttons.",
  }),
  mentions: z.enum(["none", "all"]).default("none").meta({
    title: "Mention",
    description: "Whether everybody is called. A robot cannot look people up, so members cannot be called.",
  }),
});

type Config = z.output<typeof config>;

/** The most bytes of the whole request: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot */
const REQUEST_BYTES = 20_000;

export default defineChannel({
  name: "feishu_robot",
  markup: "feishu",
  title: "Feishu robot",
  docs: "https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot",
  config,
  limits: {
    titleChars: 100,
    alerts: 500, // our choice: alike alerts share a line
    bodyBytes: 14_000, // our choice: about what a request has room for
    request: { bytes: REQUEST_BYTES },
    rates: [{ messages: 5, per: 1_000 }, { messages: 100, per: 60_000 }], // the page above
  },
  form: (config) => isCard(config) ? "markdown" : "text",
  titleApart: isCard,
  buttons: isCard,
  markdown: FEISHU_MARKDOWN,
  card: (config, message) => isCard(config) ? cardOf(message) : undefined,
  lane: ({ base, token }) => laneAt(base, token),
  request: async (config, message, { now }) => ({
    url: `${config.base}/open-apis/bot/v2/hook/${encodeURIComponent(config.token)}`,
    json: { ...await signatureOf(config, now), ...contentOf(config, message) },
  }),
  verdict: verdictOn,
  // The page of docs
  fixtures: {
    accepted: [{ json: { code: 0, msg: "success", data: {} } }, {
      json: { StatusCode: 0, StatusMessage: "success" },
    }],
    throttled: [
      { json: { code: 11232, msg: "frequency limited" }, waitMs: 5_000 },
      {
        status: 429,
        headers: { "x-ogw-ratelimit-reset": "7" },
        json: { code: 99991400, msg: "x" },
        waitMs: 7_000,
      },
    ],
    refused: [
      { json: { code: 19001, msg: "param invalid: incoming webhook access token invalid" }, what: "config" },
      { json: { code: 19024, msg: "Key Words Not Found" }, what: "config" },
      { json: { code: 9499, msg: "Bad Request" }, what: "payload" },
    ],
    retried: [{ about: "the gateway in trouble", status: 502, text: "<html></html>" }],
  },
  remedies: REMEDIES,
  target: {
    hosts: ["open.feishu.cn", "open.larksuite.com"],
    example: "https://open.feishu.cn/open-apis/bot/v2/hook/0123-abcd",
    read: configIn,
  },
  sample: { token: "A0/+=&%23 cd", secret: "SEC+/=&", keyword: "警告", mentions: "all" },
});

function isCard({ form }: Config): boolean {
  return form === "card";
}

function contentOf(config: Config, message: Message): Record<string, unknown> {
  const { keyword, mentions } = config;
  const asWritten = authoredContentOf(message, { keyword, callsAll: mentions === "all" });
  if (asWritten !== undefined) return asWritten;
  const make = isCard(config) && !message.plain ? cardContentOf : textOf;
  return make(config, message, withKeyword(config, message));
}

/** In a text, too, `<at` would be markup. */
function textOf({ mentions }: Config, _message: Message, body: string): Record<string, unknown> {
  const all = mentions === "all" ? '\n<at user_id="all">所有人</at>' : "";
  return { msg_type: "text", content: { text: body.replaceAll("<", "＜") + all } };
}

function cardContentOf({ mentions }: Config, message: Message, body: string): Record<string, unknown> {
  const all = mentions === "all" ? "\n\n<at id=all></at>" : "";
  return {
    msg_type: "interactive",
    card: cardJson({ ...cardOf(message), title: message.title, body: body + all }),
  };
}

function withKeyword({ keyword }: Config, { title, body }: Message): string {
  const text = body.trim() === "" ? title : body;
  return keyword === undefined || `${title}\n${text}`.includes(keyword) ? text : `${keyword}\n\n${text}`;
}
