import { COMMONMARK, defineChannel, laneAt, webhookAddress, z } from "../relay/channel.ts";
import { editField, FOLLOW_WORDS, followUp } from "./_chat/follow.ts";
import { MENTION_WORDS, mentionField } from "./_chat/mentions.ts";
import { webhookUrl } from "./_chat/webhook_url.ts";
import { verdictOn } from "./_discord/answer.ts";
import { contentOf, DESCRIPTION_CHARS } from "./_discord/message.ts";
import { REMEDIES } from "./_discord/remedies.ts";

const config = z.object({
  url: webhookUrl("https://discord.com/api/webhooks/…/…"),
  thread: z.coerce.string().regex(/^\d{5,25}$/, "must be a number").optional().meta({
    title: "Thread",
    description: "The id of a thread of the channel; a forum needs one.",
  }),
  follow: editField,
  mention: mentionField,
});

type Config = z.output<typeof config>;

export default defineChannel({
  api: 1,
  name: "discord",
  title: "Discord",
  docs: "https://discord.com/developers/docs/resources/webhook#execute-webhook",
  config,
  words: {
    zh: {
      "Thread": "子区",
      "The id of a thread of the channel; a forum needs one.": "频道中某个子区的 ID；论坛频道必填。",
      "Discord user id": "Discord 用户 ID",
      "A number such as 80351110224678912": "数字，例如 80351110224678912",
      ...FOLLOW_WORDS,
      ...MENTION_WORDS,
    },
  },
  limits: {
    titleChars: 200,
    body: { utf16: DESCRIPTION_CHARS },
    alerts: 500, // our choice: alike alerts share a line
    // Assumed: Discord documents its limits only in the headers of its answers. Seen in the field: 5 in 2 s, 30 a
    // minute.
    rates: [{ messages: 5, per: 2_000 }, { messages: 30, per: 60_000 }],
  },
  form: COMMONMARK,
  titleApart: true,
  threads: ({ follow }) => follow !== "new",
  events: ["acknowledged", "unacknowledged", "escalated", "closed"],
  address: {
    name: "discord",
    title: "Discord user id",
    description: "A number such as 80351110224678912",
  },
  // The last part of the path is the credential.
  lane: ({ url }) => laneAt(new URL(".", url).href),
  request: (config, message) => {
    const follow = followUp(config.follow, message);
    const isEdit = follow.how === "edit";
    return {
      method: isEdit ? "PATCH" : "POST",
      url: addressOf(config, isEdit ? `/messages/${follow.earlier.message}` : ""),
      headers: { "user-agent": "Fenghuo/1 (alert relay)" }, // without one, Cloudflare may refuse: error 40333
      json: contentOf(config, message),
    };
  },
  verdict: verdictOn,
  // The codes of https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes
  fixtures: {
    accepted: [{
      json: { id: "1100000000000000001", type: 0, channel_id: "199737254929760256" },
      receipt: { message: "1100000000000000001" },
    }],
    throttled: [{
      status: 429,
      headers: { "retry-after": "65" },
      json: { message: "You are being rate limited.", retry_after: 64.57, global: false },
      waitMs: 64_570,
    }],
    refused: [
      { status: 404, json: { message: "Unknown Webhook", code: 10015 }, what: "config" },
      { status: 401, json: { message: "Invalid Webhook Token", code: 50027 }, what: "config" },
      {
        status: 400,
        json: {
          message: "Webhooks posted to forum channels must have a thread_name or thread_id",
          code: 220001,
        },
        what: "config",
      },
      {
        about: "a request from an address that Cloudflare blocks",
        status: 403,
        json: { message: "internal network error", code: 40333 },
        what: "config",
      },
      { status: 400, json: { message: "Invalid Form Body", code: 50035, errors: {} }, what: "payload" },
      { status: 413, json: { message: "Request entity too large", code: 40005 }, what: "payload" },
    ],
    retried: [
      {
        about: "the message to edit was deleted",
        status: 404,
        json: { message: "Unknown Message", code: 10008 },
      },
      {
        about: "it was edited too often",
        status: 429,
        json: { message: "Maximum number of edits", code: 30046 },
      },
      { about: "a page", text: "<html></html>" },
      { status: 503, text: "upstream connect error" },
    ],
  },
  remedies: REMEDIES,
  target: {
    hosts: ["discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com"],
    example: "https://discord.com/api/webhooks/123456789012345678/0123abcd",
    read: (url) =>
      webhookAddress(url, {
        path: /\/api(?:\/v\d+)?\/webhooks\/\d+\/[^/]+\/?$/,
        shape: "/api/webhooks/…/…",
      }),
  },
  sample: {
    url: "https://discord.com/api/webhooks/123456789012345678/A0%2B_-cd",
    thread: "5550001",
    mention: "members",
  },
});

/** `wait`: without it Discord answers before it has checked the message. `with_components`: for the buttons. */
function addressOf({ url, thread }: Config, path: string): string {
  const address = new URL(url);
  address.pathname = address.pathname.replace(/\/+$/, "") + path;
  address.searchParams.set("wait", "true");
  address.searchParams.set("with_components", "true");
  if (thread !== undefined) address.searchParams.set("thread_id", thread);
  return address.href;
}
