import { defineChannel, laneAt, secret, server, z } from "../relay/channel.ts";
import { type Button, buttonsOf } from "./_chat/buttons.ts";
import { shortKey } from "./_chat/short_key.ts";
import { verdictOn } from "./_ntfy/answer.ts";
import { REMEDIES } from "./_ntfy/remedies.ts";

/** https://docs.ntfy.sh/publish/#message-priority */
const PRIORITY = { critical: 5, error: 4, warning: 3, info: 2 } as const;

/** A longer message becomes an attachment: https://docs.ntfy.sh/publish/#limitations */
const MESSAGE_BYTES = 4_096;

const config = z.object({
  base: server({ default: "https://ntfy.sh" }),
  topic: secret("Topic", {
    description: "Letters, digits, - and _. Anybody who knows the topic of a public server can read it.",
  }),
  token: secret("Access token", { optional: true, description: "tk_…, where the topic is protected." }),
  act: z.boolean().default(true).meta({
    title: "Act at once",
    description: "Buttons act as soon as they are pressed. Without it, they open a page that asks first.",
  }),
  replace: z.boolean().default(true).meta({
    title: "Replace",
    description:
      "A message about the same alert replaces the earlier one, from version 2.16 of the server on; an older one shows both.",
  }),
});

export default defineChannel({
  api: 1,
  name: "ntfy",
  title: "ntfy",
  docs: "https://docs.ntfy.sh/publish/#publish-as-json",
  config,
  words: {
    zh: {
      "Topic": "主题",
      "Letters, digits, - and _. Anybody who knows the topic of a public server can read it.":
        "字母、数字、- 与 _。公共服务器上，知道主题的人都能读到消息。",
      "tk_…, where the topic is protected.": "主题受保护时填写，tk_…。",
      "Act at once": "直接操作",
      "Buttons act as soon as they are pressed. Without it, they open a page that asks first.":
        "点击按钮立即生效；关闭后先打开确认页面。",
      "Replace": "替换",
      "A message about the same alert replaces the earlier one, from version 2.16 of the server on; an older one shows both.":
        "同一告警的新消息替换旧消息；需服务器 2.16 及以上，较旧的服务器两条都显示。",
    },
  },
  limits: {
    titleChars: 200,
    body: { bytes: MESSAGE_BYTES },
    alerts: 500, // our choice: alike alerts share a line
    // 60 at once, then one in five seconds: https://docs.ntfy.sh/publish/#limitations
    rates: [{ messages: 60, per: 300_000 }],
  },
  titleApart: true,
  // A server counts by the sender's address, or by the account of the token.
  lane: ({ base }) => laneAt(base),
  request: async ({ base, topic, token, act, replace }, message) => {
    const { title, body, severity, status, actions, links, digest, thread } = message;
    const url = actions?.open ?? links[0]?.url;
    const buttons = buttonsOf(message, { most: 3 });
    return {
      url: base,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      json: {
        topic,
        title,
        message: body,
        priority: status === "resolved" ? PRIORITY.warning : PRIORITY[severity],
        ...url === undefined ? {} : { click: url },
        ...buttons.length === 0 ? {} : { actions: buttons.map((button) => actionOf(button, act)) },
        ...replace && digest === undefined ? { sequence_id: await shortKey(thread) } : {},
      },
    };
  },
  verdict: verdictOn,
  // https://github.com/binwiederhier/ntfy/blob/81a486adc11fe24efcbedefb28ae946028597c2f/server/errors.go
  fixtures: {
    accepted: [{ json: { id: "sPs71M8A2T", time: 1643935928, event: "message", topic: "t", message: "m" } }],
    throttled: [
      {
        status: 429,
        json: { code: 42901, http: 429, error: "limit reached: too many requests" },
        waitMs: 5_000,
      },
      { status: 429, json: { code: 42908, http: 429, error: "limit reached: daily message quota reached" } },
    ],
    refused: [
      { status: 401, json: { code: 40101, http: 401, error: "unauthorized" }, what: "config" },
      { status: 403, json: { code: 40301, http: 403, error: "forbidden" }, what: "config" },
      {
        status: 400,
        json: { code: 40009, http: 400, error: "invalid request: topic invalid" },
        what: "config",
      },
      {
        status: 429,
        json: { code: 42909, http: 429, error: "limit reached: too many auth failures" },
        what: "config",
      },
      {
        status: 400,
        json: { code: 40017, http: 400, error: "invalid request: request body must be message JSON" },
        what: "payload",
      },
      { status: 413, json: { code: 41303, http: 413, error: "JSON body too large" }, what: "payload" },
    ],
    retried: [
      { status: 500, json: { code: 50001, http: 500, error: "internal server error" } },
      { about: "a page", text: "<html></html>" },
    ],
  },
  remedies: REMEDIES,
  target: {
    hosts: ["ntfy.sh"],
    example: "https://ntfy.sh/0123abcd",
    // On another host, every address with a single path segment looks like a topic.
    read: ({ origin, pathname, host }) => {
      const [, topic] = /^\/([-\w]{1,64})$/.exec(pathname) ?? [];
      if (host !== "ntfy.sh" || topic === undefined) {
        return "The address is not of the form https://ntfy.sh/…: give the whole address";
      }
      return { base: origin, topic };
    },
  },
  sample: { topic: "A0-_cd", token: "tk_A0/+=&%23 cd" },
});

/** With `act`, a button posts to the link, as the button on the link's page does: https://docs.ntfy.sh/publish/#send-http-request */
function actionOf({ title, url, code }: Button, act: boolean): Record<string, unknown> {
  return act && code !== undefined
    ? { action: "http", label: title, url, method: "POST", clear: true }
    : { action: "view", label: title, url };
}
