import { defineChannel, laneAt, type Message, secret, server, z } from "../relay/channel.ts";
import { FOLLOW_WORDS, followField, followUp, isLoud } from "./_chat/follow.ts";
import { verdictOn } from "./_slack/answer.ts";
import { PRESSED, readInteraction } from "./_slack/callback.ts";
import { RICH_TEXT } from "./_chat/rich_text.ts";
import { MENTION_WORDS, mentionField } from "./_chat/mentions.ts";
import { contentOf, VISIBLE_CHARS } from "./_slack/message.ts";
import { REMEDIES } from "./_slack/remedies.ts";

const config = z.object({
  token: secret("Bot token", { description: "xoxb-…, of an app with the scope chat:write." }),
  channel: z.string().regex(
    /^(#?[^\s#@<>]+)$/,
    'must be an id such as "C0123456789" or a name such as "#alerts"',
  ).meta({
    title: "Channel",
    description:
      "Its id, from the end of About in the channel's details; the name of a public channel works, too.",
  }),
  signing_secret: secret("Signing secret", {
    optional: true,
    description: "Of the app, from Basic Information: with it, buttons act without a page in between.",
  }),
  follow: followField,
  mention: mentionField,
  base: server({ default: "https://slack.com/api", description: "What stands before /chat.postMessage." }),
});

type Config = z.output<typeof config>;

export default defineChannel({
  api: 1,
  name: "slack",
  title: "Slack app",
  docs: "https://docs.slack.dev/reference/methods/chat.postMessage",
  config,
  words: {
    zh: {
      "Slack app": "Slack 应用",
      "Bot token": "Bot 令牌",
      "xoxb-…, of an app with the scope chat:write.": "xoxb-…，应用需有 chat:write 权限。",
      "Channel": "频道",
      "Its id, from the end of About in the channel's details; the name of a public channel works, too.":
        "频道 ID，见频道详情“关于”的末尾；公开频道也可填名称。",
      "Slack member id": "Slack 成员 ID",
      "U…, from the member's profile": "U…，见成员资料",
      "Signing secret": "签名密钥",
      "Of the app, from Basic Information: with it, buttons act without a page in between.":
        "应用 Basic Information 页的 Signing Secret；填写后，点击按钮直接生效，无需打开页面。",
      "Paste it into the app's settings: Interactivity & Shortcuts, Request URL.":
        "粘贴到应用设置的 Interactivity & Shortcuts → Request URL。",
      ...FOLLOW_WORDS,
      ...MENTION_WORDS,
    },
  },
  limits: ({ follow }) => ({
    titleChars: 150,
    visible: { characters: VISIBLE_CHARS },
    alerts: 500, // our choice: alike alerts share a line
    // A message a second per channel, and 50 edits a minute, which are counted separately:
    // https://docs.slack.dev/apis/web-api/rate-limits
    rates: [{ messages: 1, per: 1_000 }, { messages: 40, per: 60_000 }],
    ...follow === "edit" ? { edits: [{ messages: 10, per: 60_000 }] } : {},
  }),
  form: RICH_TEXT,
  titleApart: true,
  buttons: true,
  threads: ({ follow }) => follow !== "new",
  events: ["acknowledged", "unacknowledged", "escalated", "closed"],
  address: { name: "slack", title: "Slack member id", description: "U…, from the member's profile" },
  hosts: ["slack.com", "hooks.slack.com"],
  lane: ({ base, channel }) => laneAt(base, channel),
  request: (config, message) => {
    const follow = followUp(config.follow, inThisChannel(config, message));
    const content = contentOf(message, {
      mention: config.mention,
      callsBack: config.signing_secret !== undefined,
    });
    const isEdit = follow.how === "edit";
    return {
      url: `${config.base}/${isEdit ? "chat.update" : "chat.postMessage"}`,
      headers: { authorization: `Bearer ${config.token}` },
      json: isEdit ? { ...follow.earlier, ...content } : {
        channel: config.channel,
        ...content,
        // A reply notifies only the followers of its thread: a message that must notify is also shown in the channel.
        ...follow.how === "reply" ? { thread_ts: follow.earlier.ts, reply_broadcast: isLoud(message) } : {},
        unfurl_links: false,
        unfurl_media: false,
      },
    };
  },
  verdict: verdictOn,
  callback: {
    enabled: ({ signing_secret }) => signing_secret !== undefined,
    help: "Paste it into the app's settings: Interactivity & Shortcuts, Request URL.",
    read: ({ signing_secret = "" }, request, context) => readInteraction(signing_secret, request, context),
  },
  // The answers of https://docs.slack.dev/reference/methods/chat.postMessage and …/chat.update
  fixtures: {
    accepted: [
      {
        json: { ok: true, channel: "C0123456789", ts: "1503435956.000247", message: { type: "message" } },
        receipt: { channel: "C0123456789", ts: "1503435956.000247" },
      },
      {
        about: "a reply, whose thread goes on",
        json: {
          ok: true,
          channel: "C0123456789",
          ts: "1503435999.000100",
          message: { thread_ts: "1503435956.000247" },
        },
        receipt: { channel: "C0123456789", ts: "1503435956.000247" },
      },
    ],
    throttled: [{
      status: 429,
      headers: { "retry-after": "30" },
      json: { ok: false, error: "ratelimited" },
      waitMs: 30_000,
    }],
    refused: [
      { json: { ok: false, error: "invalid_auth" }, what: "config" },
      { json: { ok: false, error: "not_in_channel" }, what: "config" },
      { json: { ok: false, error: "is_archived" }, what: "config" },
      {
        json: { ok: false, error: "missing_scope", needed: "chat:write", provided: "identify" },
        what: "config",
      },
      { json: { ok: false, error: "msg_blocks_too_long" }, what: "payload" },
      { json: { ok: false, error: "invalid_blocks" }, what: "payload" },
    ],
    retried: [
      { json: { ok: false, error: "message_not_found" } },
      { json: { ok: false, error: "internal_error" } },
      { about: "a page", text: "<html></html>" },
    ],
    callbacks: [PRESSED],
  },
  remedies: REMEDIES,
  sample: {
    token: "xoxb-1+/=&%23 cd",
    signing_secret: "s1+/=&%23 cd",
    channel: "C0123456789",
    mention: "members",
  },
});

/**
 * Without the earlier message if it is in another channel, because the config has changed. A name is assumed to be
 * the same channel.
 */
function inThisChannel({ channel }: Config, message: Message): Message {
  const { earlier, ...others } = message;
  const isElsewhere = /^[CGD][A-Z0-9]{6,}$/.test(channel) && earlier?.channel !== channel;
  return isElsewhere ? others : message;
}
