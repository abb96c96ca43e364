import {
  type ChannelResponse,
  defineChannel,
  laneAt,
  refused,
  type Verdict,
  webhookAddress,
  z,
} from "../relay/channel.ts";
import { confirmed } from "./_answers/confirmed.ts";
import { fieldsOf } from "./_answers/json.ts";
import { actionLine, joined } from "./_chat/action_line.ts";
import {
  MENTION_CHARS,
  MENTION_WORDS,
  mentionField,
  type MentionMarkup,
  mentionsOf,
} from "./_chat/mentions.ts";
import { ROCKETCHAT } from "./_rocketchat/markup.ts";
import { webhookUrl } from "./_chat/webhook_url.ts";
import { REMEDIES } from "./_rocketchat/remedies.ts";

const config = z.object({
  url: webhookUrl("https://chat.example.com/hooks/…/…"),
  channel: z.string().min(1).optional().meta({
    title: "Channel",
    description:
      "Another channel than the integration's own, such as #alerts or @li.lei, where the integration may.",
  }),
  mention: mentionField,
});

/** The default of the setting Message_MaxAllowedSize: https://docs.rocket.chat/docs/message */
const MESSAGE_CHARS = 5_000;

const MENTIONS: MentionMarkup = {
  member: ({ rocketchat }) => rocketchat && `@${rocketchat}`,
  here: "@here",
  all: "@all",
};

export default defineChannel({
  api: 1,
  name: "rocketchat",
  title: "Rocket.Chat",
  docs: "https://docs.rocket.chat/docs/integrations",
  config,
  words: {
    zh: {
      "Channel": "频道",
      "Another channel than the integration's own, such as #alerts or @li.lei, where the integration may.":
        "集成允许时，改发到其他频道，例如 #alerts 或 @li.lei。",
      "Rocket.Chat user name": "Rocket.Chat 用户名",
      "Such as li.lei": "例如 li.lei",
      ...MENTION_WORDS,
    },
  },
  limits: {
    titleChars: 200,
    // The rest is reserved for mentions and two links.
    body: { characters: MESSAGE_CHARS - MENTION_CHARS - 600 },
    alerts: 500, // our choice: alike alerts share a line
    rates: [{ messages: 10, per: 60_000 }], // the API's own default: https://docs.rocket.chat/docs/rate-limiter
  },
  form: ROCKETCHAT,
  address: { name: "rocketchat", title: "Rocket.Chat user name", description: "Such as li.lei" },
  lane: ({ url }) => laneAt(new URL(".", url).href),
  request: ({ url, channel, mention }, message) => ({
    url,
    json: {
      ...channel === undefined ? {} : { channel },
      text: message.plain
        ? message.body
        : joined(message.body, actionLine(message, ROCKETCHAT), mentionsOf(mention, message, MENTIONS)),
    },
  }),
  verdict: verdictOn,
  // Assumed: as in the clients of https://github.com/caronc/apprise and https://github.com/prometheus/alertmanager
  fixtures: {
    accepted: [{ json: { success: true } }],
    throttled: [{
      status: 429,
      json: { success: false, error: "Error, too many requests. Please slow down." },
    }],
    refused: [
      {
        status: 404,
        json: { success: false, error: "Invalid integration id or token provided." },
        what: "config",
      },
      { status: 400, json: { success: false, error: "error-invalid-channel" }, what: "config" },
      {
        about: "the integration's user is not in the channel",
        status: 400,
        json: { success: false, error: "error-not-allowed" },
        what: "config",
      },
      { status: 400, json: { success: false, error: "Invalid href value provided" }, what: "payload" },
    ],
    retried: [
      { status: 503, text: "Service Unavailable" },
      { about: "a page", text: "<html></html>" },
      { about: "a no in HTTP 200", json: { success: false } },
    ],
  },
  remedies: REMEDIES,
  target: {
    hosts: [],
    example: "https://chat.example.com/hooks/0123456789abcdef01234567/0123456789abcdefABCDEF",
    // The id of the integration, and its token.
    read: (url) => webhookAddress(url, { path: /\/hooks\/[a-f0-9]{24}\/[^/]+$/, shape: "/hooks/…/…" }),
  },
  sample: {
    url: "https://chat.example.com/hooks/5f0/A0%2B%2F%3D%26cd",
    channel: "#alerts",
    mention: "members",
  },
});

/**
 * An unknown channel, or a channel without the integration's user:
 * https://github.com/RocketChat/Rocket.Chat/pull/23310
 */
const CHANNEL_PROBLEMS = /invalid-channel|invalid-room|error-not-allowed/;

function verdictOn(response: ChannelResponse): Verdict | undefined {
  const { success, error } = fieldsOf(response.json);
  return response.status === 400 && CHANNEL_PROBLEMS.test(String(error))
    ? refused("config", `HTTP 400: ${error}`)
    : confirmed(response, success === true);
}
