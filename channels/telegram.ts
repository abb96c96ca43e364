import { defineChannel, laneAt, secret, server, z } from "../relay/channel.ts";
import { FOLLOW_WORDS, followField, followUp } from "./_chat/follow.ts";
import { MENTION_CHARS } from "./_chat/mentions.ts";
import { verdictOn } from "./_telegram/answer.ts";
import { PRESSED, readUpdate } from "./_telegram/callback.ts";
import { failing } from "./_telegram/fixtures.ts";
import { bodyOf, inThisChat, TELEGRAM_HTML } from "./_telegram/message.ts";
import { configIn } from "./_telegram/pasted_address.ts";
import { REMEDIES } from "./_telegram/remedies.ts";

const config = z.object({
  token: secret("Bot token", { description: "From @BotFather: 123456789:AA…" }),
  chat: z.coerce.string().regex(/^(-?\d{1,20}|@\w{4,})$/, 'must be a number or a name such as "@alerts"')
    .meta({
      title: "Chat",
      description: "The chat's id (that of a group begins with -100), or a public name such as @alerts.",
    }),
  topic: z.coerce.number().int().positive().optional().meta({
    title: "Topic",
    description: "The id of a topic of the group, if it has topics.",
  }),
  webhook_secret: secret("Secret token", {
    optional: true,
    description:
      "Of the bot's webhook, letters, digits, - and _: with it, buttons act without a page in between.",
  }),
  follow: followField,
  mention: z.boolean().default(false).meta({
    title: "Mention members",
    description: "Mentions the group's members by their Telegram name or id.",
  }),
  base: server({
    default: "https://api.telegram.org",
    description: "What stands before /bot…: another one for a Bot API server of your own.",
  }),
});

/** The limit applies after the entities are parsed: https://core.telegram.org/bots/api#sendmessage */
const TEXT_CHARS = 4_096;

export default defineChannel({
  api: 1,
  name: "telegram",
  title: "Telegram",
  docs: "https://core.telegram.org/bots/api#sendmessage",
  config,
  words: {
    zh: {
      "Bot token": "机器人令牌",
      "From @BotFather: 123456789:AA…": "由 @BotFather 给出：123456789:AA…",
      "Chat": "会话",
      "The chat's id (that of a group begins with -100), or a public name such as @alerts.":
        "会话 ID（群组以 -100 开头），或公开名称，例如 @alerts。",
      "Topic": "话题",
      "The id of a topic of the group, if it has topics.": "群组启用话题时，话题的 ID。",
      "Mention members": "@ 成员",
      "Mentions the group's members by their Telegram name or id.": "按成员的 Telegram 用户名或 ID 提醒。",
      "What stands before /bot…: another one for a Bot API server of your own.":
        "/bot… 之前的部分；自建 Bot API 服务器时修改。",
      "Telegram name or id": "Telegram 用户名或 ID",
      "Such as @li_lei or 123456789": "例如 @li_lei 或 123456789",
      "Secret token": "Webhook 密钥",
      "Of the bot's webhook, letters, digits, - and _: with it, buttons act without a page in between.":
        "机器人 webhook 的 secret_token（字母、数字、- 与 _）；填写后，点击按钮直接生效，无需打开页面。",
      'Give it to the bot: setWebhook with this url, the secret_token, and allowed_updates ["callback_query"].':
        '调用机器人的 setWebhook：url 填此地址，secret_token 填上面的密钥，allowed_updates 填 ["callback_query"]。',
      ...FOLLOW_WORDS,
    },
  },
  limits: {
    titleChars: 200,
    visible: { utf16: TEXT_CHARS - MENTION_CHARS - 1 },
    alerts: 500, // our choice: alike alerts share a line
    // The guidance of https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    rates: [{ messages: 1, per: 1_000 }, { messages: 20, per: 60_000 }],
  },
  form: TELEGRAM_HTML,
  threads: ({ follow }) => follow !== "new",
  events: ["acknowledged", "unacknowledged", "escalated", "closed"],
  address: {
    name: "telegram",
    title: "Telegram name or id",
    description: "Such as @li_lei or 123456789",
  },
  hosts: ["api.telegram.org"],
  // The part of a token before the colon is the bot's public id.
  lane: ({ base, token, chat }) => laneAt(base, token.split(":")[0], chat),
  request: (config, message) => {
    const follow = followUp(config.follow, inThisChat(message, config.chat));
    const method = follow.how === "edit" ? "editMessageText" : "sendMessage";
    return {
      url: `${config.base}/bot${config.token.split(":").map(encodeURIComponent).join(":")}/${method}`,
      json: bodyOf(config, message, follow),
    };
  },
  verdict: verdictOn,
  callback: {
    enabled: ({ webhook_secret }) => webhook_secret !== undefined,
    help:
      'Give it to the bot: setWebhook with this url, the secret_token, and allowed_updates ["callback_query"].',
    read: ({ webhook_secret = "" }, request) => readUpdate(webhook_secret, request),
  },
  // Sentences of https://github.com/tdlib/telegram-bot-api/blob/01a3679/telegram-bot-api/Client.cpp
  fixtures: {
    accepted: [
      {
        json: { ok: true, result: { message_id: 7, chat: { id: -1001234567890, type: "supergroup" } } },
        receipt: { message: "7", chat: "-1001234567890" },
      },
      {
        about: "an edit that changes nothing",
        status: 400,
        json: {
          ok: false,
          error_code: 400,
          description:
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
        },
      },
    ],
    throttled: [{
      status: 429,
      headers: { "retry-after": "35" },
      json: {
        ok: false,
        error_code: 429,
        description: "Too Many Requests: retry after 35",
        parameters: { retry_after: 35 },
      },
      waitMs: 35_000,
    }],
    refused: [
      failing(401, "Unauthorized", "config"),
      failing(404, "Not Found", "config"),
      failing(403, "Forbidden: bot was kicked from the supergroup chat", "config"),
      failing(400, "Bad Request: chat not found", "config"),
      failing(400, "Bad Request: message thread not found", "config"),
      failing(400, "Bad Request: can't parse entities: Unsupported start tag", "payload"),
      failing(400, "Bad Request: message is too long", "payload"),
      {
        about: "the group became a supergroup",
        status: 400,
        json: {
          ok: false,
          error_code: 400,
          description: "Bad Request: group chat was upgraded to a supergroup chat",
          parameters: { migrate_to_chat_id: -1009876543210 },
        },
        what: "config",
      },
    ],
    retried: [
      {
        about: "the message to edit was deleted",
        status: 400,
        json: { ok: false, error_code: 400, description: "Bad Request: message to edit not found" },
      },
      { status: 502, json: { ok: false, error_code: 502, description: "Bad Gateway" } },
    ],
    callbacks: [PRESSED],
  },
  remedies: REMEDIES,
  target: {
    hosts: ["api.telegram.org"],
    example: "https://api.telegram.org/bot110201543:AA0123abcd/sendMessage?chat_id=-1001234567890",
    read: configIn,
  },
  sample: {
    token: "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    chat: "-1001234567890",
    topic: 5,
    webhook_secret: "A0-_cd-of-the-webhook",
    mention: true,
  },
});
