import {
  type ChannelResponse,
  COMMONMARK,
  defineChannel,
  laneAt,
  type Markup,
  refused,
  type Verdict,
  webhookAddress,
  z,
} from "../relay/channel.ts";
import { confirmed } from "./_answers/confirmed.ts";
import { fieldsOf } from "./_answers/json.ts";
import { actionLine, joined } from "./_chat/action_line.ts";
import { hexOf } from "./_chat/colour.ts";
import { MENTION_WORDS, mentionField, type MentionMarkup, mentionsOf } from "./_chat/mentions.ts";
import { webhookUrl } from "./_chat/webhook_url.ts";
import { REMEDIES } from "./_mattermost/remedies.ts";

const config = z.object({
  url: webhookUrl("https://chat.example.com/hooks/…"),
  channel: z.string().min(1).optional().meta({
    title: "Channel",
    description:
      "Another channel than the webhook's own, or @name for a direct message, where the webhook may.",
  }),
  mention: mentionField,
});

/** A backslash before an @ does not prevent a mention: https://docs.mattermost.com/developers/integrate/reference/message-attachments */
const MATTERMOST: Markup = {
  ...COMMONMARK,
  escape: (text) => COMMONMARK.escape(text).replace(/(?<!\w)\\?@(?=[\w.-])/g, "@\u2060"),
};

const MENTIONS: MentionMarkup = {
  member: ({ mattermost }) => mattermost && `@${mattermost}`,
  here: "@here",
  all: "@all",
};

export default defineChannel({
  api: 1,
  name: "mattermost",
  title: "Mattermost",
  docs: "https://developers.mattermost.com/integrate/webhooks/incoming/",
  config,
  words: {
    zh: {
      "Channel": "频道",
      "Another channel than the webhook's own, or @name for a direct message, where the webhook may.":
        "Webhook 允许时，改发到其他频道，或用 @用户名 发私信。",
      "Mattermost user name": "Mattermost 用户名",
      "Such as li.lei": "例如 li.lei",
      ...MENTION_WORDS,
    },
  },
  limits: {
    titleChars: 200,
    // A post has 16,383 characters: https://developers.mattermost.com/integrate/webhooks/incoming/#tips-and-best-practices
    body: { characters: 14_000 },
    alerts: 500, // our choice: alike alerts share a line
    rates: [{ messages: 10, per: 1_000 }], // the server's own default: https://docs.mattermost.com/configure/rate-limiting-configuration-settings.html
  },
  form: MATTERMOST,
  address: { name: "mattermost", title: "Mattermost user name", description: "Such as li.lei" },
  lane: ({ url }) => laneAt(new URL(url).origin),
  request: ({ url, channel, mention }, message) => ({
    url,
    json: {
      ...channel === undefined ? {} : { channel },
      ...message.plain ? { text: message.body } : {
        text: mentionsOf(mention, message, MENTIONS),
        attachments: [{
          fallback: message.title,
          color: hexOf(message),
          text: joined(message.body, actionLine(message, MATTERMOST)),
        }],
      },
    },
  }),
  verdict: verdictOn,
  // The ids of HandleIncomingWebhook: https://github.com/mattermost/mattermost/blob/master/server/channels/app/webhook.go
  fixtures: {
    accepted: [{ text: "ok" }],
    throttled: [{
      status: 429,
      headers: { "x-ratelimit-reset": "1" },
      text: "limit exceeded",
    }],
    refused: [
      failing(400, "web.incoming_webhook.invalid.app_error", "Invalid webhook.", "config"),
      failing(
        403,
        "web.incoming_webhook.channel_locked.app_error",
        "This webhook is not permitted",
        "config",
      ),
      failing(404, "web.incoming_webhook.channel.app_error", "Couldn't find the channel.", "config"),
      failing(
        501,
        "web.incoming_webhook.disabled.app_error",
        "Incoming webhooks have been disabled",
        "config",
      ),
      failing(400, "web.incoming_webhook.text.app_error", "No text specified.", "payload"),
      failing(400, "api.post.check_for_out_of_channel.too_long", "The message is too long", "payload"),
    ],
    retried: [
      {
        about: "its database fails",
        status: 500,
        json: { id: "web.incoming_webhook.channel.app_error", message: "Couldn't find the channel." },
      },
      { status: 502, text: "Bad Gateway" },
      { about: "a page", text: "<html></html>" },
    ],
  },
  remedies: REMEDIES,
  target: {
    hosts: [],
    example: "https://chat.example.com/hooks/0123456789abcdefghijklmnop",
    // Its ids have 26 characters, in an alphabet of 32.
    read: (url) => webhookAddress(url, { path: /\/hooks\/[a-z0-9]{26}$/, shape: "/hooks/…" }),
  },
  sample: {
    url: "https://chat.example.com/hooks/A0%2B%2F%3D%26cd",
    channel: "town-square",
    mention: "members",
  },
});

function failing<W extends "config" | "payload">(
  status: number,
  id: string,
  message: string,
  what: W,
): { about: string; status: number; json: unknown; what: W } {
  return {
    about: id,
    status,
    json: { id, message, detailed_error: "", request_id: "x", status_code: status },
    what,
  };
}

/** The id of an error says whether a person must act: a wrong webhook is HTTP 400, and a disabled one is 501. */
function verdictOn(response: ChannelResponse): Verdict | undefined {
  const { id, message } = fieldsOf(response.json);
  const isConfig = typeof id === "string" &&
    /incoming_webhook\.(invalid|disabled|channel|channel_locked|user|team|permissions)\./.test(id);
  const isTrouble = response.status >= 500 && response.status !== 501; // the id is the same when the database fails
  if (isConfig && !isTrouble) return refused("config", `${id}: ${message}`);
  return confirmed(response, response.text.trim() === "ok");
}
