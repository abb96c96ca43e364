import {
  cut,
  defineChannel,
  HTML,
  laneAt,
  type Markup,
  type Member,
  type Message,
  secret,
  server,
  utf8Bytes,
  z,
} from "../relay/channel.ts";
import { buttonsOf } from "./_chat/buttons.ts";
import { FOLLOW_WORDS, followField, followUp, isLoud } from "./_chat/follow.ts";
import { MENTION_CHARS, mentionLine } from "./_chat/mentions.ts";
import { verdictOn } from "./_telegram/answer.ts";
import { PRESSED, readUpdate } from "./_telegram/callback.ts";
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

type Config = z.output<typeof config>;

/** After the entities are parsed: https://core.telegram.org/bots/api#sendmessage */
const TEXT_CHARS = 4_096;

const TELEGRAM_HTML: Markup = {
  ...HTML,
  link: (words, url) => isLinked(url) ? HTML.link!(words, url) : `${words} (${HTML.escape(url)})`,
};

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
  // What stands before the colon of a token is the bot's public id.
  lane: ({ base, token, chat }) => laneAt(base, token.split(":")[0], chat),
  request: (config, message) => {
    const { how, ...follow } = followUp(config.follow, inThisChat(config, message));
    const earlier = "earlier" in follow ? Number(follow.earlier.message) : undefined;
    return {
      url: `${config.base}/bot${config.token.split(":").map(encodeURIComponent).join(":")}/${
        how === "edit" ? "editMessageText" : "sendMessage"
      }`,
      json: {
        chat_id: /^@/.test(config.chat) ? config.chat : Number(config.chat),
        ...textOf(config, message),
        link_preview_options: { is_disabled: true },
        ...keyboardOf(message, { callsBack: config.webhook_secret !== undefined }),
        ...how === "edit" ? { message_id: earlier } : {
          ...config.topic === undefined ? {} : { message_thread_id: config.topic },
          ...how === "reply"
            ? { reply_parameters: { message_id: earlier, allow_sending_without_reply: true } }
            : {},
          disable_notification: !isLoud(message),
        },
      },
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
  sample: {
    token: "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    chat: "-1001234567890",
    topic: 5,
    webhook_secret: "A0-_cd-of-the-webhook",
    mention: true,
  },
});

function failing<W extends "config" | "payload">(
  status: number,
  description: string,
  what: W,
): { about: string; status: number; json: unknown; what: W } {
  return { about: description, status, json: { ok: false, error_code: status, description }, what };
}

/** Without the earlier message if it is in another chat, because the config has changed. */
function inThisChat({ chat }: Config, message: Message): Message {
  const { earlier, ...others } = message;
  const isHere = earlier?.chat === chat || earlier?.username?.toLowerCase() === chat.toLowerCase();
  return isHere ? message : others;
}

function textOf(config: Config, message: Message): Record<string, unknown> {
  const calls = config.mention && !message.plain ? mentionLine(message, mentionOf) : "";
  return { text: calls === "" ? message.body : `${message.body}\n${calls}`, parse_mode: "HTML" };
}

/** A name is found by its `@`; an id needs a link, which shows the member's name. */
function mentionOf({ id, name = id, telegram }: Member): string | undefined {
  if (telegram === undefined) return undefined;
  if (!/^\d+$/.test(telegram)) return HTML.escape(`@${telegram.replace(/^@/, "")}`);
  return `<a href="tg://user?id=${telegram}">${HTML.escape(cut(name, { chars: 60 }))}</a>`;
}

/** https://core.telegram.org/bots/api#inlinekeyboardbutton */
const DATA_BYTES = 64;

/**
 * Only actions are buttons: the links are in the text, where the reader sees the addresses that Telegram does not link. With
 * callbacks, all actions have a button, in a row of their own.
 */
function keyboardOf(message: Message, { callsBack }: { callsBack: boolean }): Record<string, unknown> {
  const bare = { ...message, buttons: [] };
  const called = callsBack
    ? buttonsOf(bare, { most: 4 }).filter(({ code }) => code !== undefined && utf8Bytes(code) <= DATA_BYTES)
    : [];
  const linked = buttonsOf(bare, { most: 2 }).filter(({ code, url }) =>
    isLinked(url) && (called.length === 0 || code === undefined)
  );
  const rows = [
    called.map(({ title, code }) => ({ text: title, callback_data: code })),
    linked.map(({ title, url }) => ({ text: title, url })),
  ].filter((row) => row.length > 0);
  return rows.length === 0 ? {} : { reply_markup: { inline_keyboard: rows } };
}

/** A host needs a dot: https://github.com/tdlib/td/blob/master/td/telegram/LinkManager.cpp, `check_link_impl` */
function isLinked(url: string): boolean {
  return /^mailto:/i.test(url) || URL.parse(url)?.hostname.includes(".") === true;
}
