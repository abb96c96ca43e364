import {
  type ChannelResponse,
  defineChannel,
  laneAt,
  type Message,
  refused,
  type Verdict,
  webhookAddress,
  z,
} from "../relay/channel.ts";
import { confirmed } from "./_answers/confirmed.ts";
import { fieldsOf } from "./_answers/json.ts";
import { shortKey } from "./_chat/short_key.ts";
import { webhookUrl } from "./_chat/webhook_url.ts";
import { CARD_HTML, contentOf } from "./_google_chat/message.ts";
import { REMEDIES } from "./_google_chat/remedies.ts";

const config = z.object({
  url: webhookUrl("https://chat.googleapis.com/v1/spaces/…/messages?key=…&token=…").refine(
    (url) => URL.parse(url)?.searchParams.has("token") ?? false,
    "must be the whole address of a webhook, with its key and token",
  ),
  thread: z.boolean().default(true).meta({
    title: "Threads",
    description: "The messages about an alert are in one thread, where the space has threads.",
  }),
  mention: z.enum(["none", "members", "all"]).default("none").meta({
    title: "Mention",
    description: "members: the group's members by their Google user id. all: everybody in the space.",
  }),
});

type Config = z.output<typeof config>;

export default defineChannel({
  api: 1,
  name: "google_chat",
  title: "Google Chat",
  docs: "https://developers.google.com/workspace/chat/quickstart/webhooks",
  config,
  words: {
    zh: {
      "must be the whole address of a webhook, with its key and token":
        "应为完整的 Webhook 地址，包含 key 与 token",
      "Threads": "会话串",
      "The messages about an alert are in one thread, where the space has threads.":
        "聊天室支持会话串时，同一告警的消息归入同一会话串。",
      "members: the group's members by their Google user id. all: everybody in the space.":
        "members：按 Google 用户 ID 提醒组内成员。all：聊天室的所有人。",
      "Google user id": "Google 用户 ID",
      "A number such as 123456789012345678901": "数字，例如 123456789012345678901",
    },
  },
  limits: {
    titleChars: 200,
    // Text and cards together: https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
    request: { bytes: 32_000 },
    alerts: 500, // our choice: alike alerts share a line
    rates: [{ messages: 1, per: 1_000 }], // a space: https://developers.google.com/workspace/chat/limits
  },
  form: CARD_HTML,
  titleApart: true,
  buttons: true,
  idempotent: true, // by requestId
  address: {
    name: "google_chat",
    title: "Google user id",
    description: "A number such as 123456789012345678901",
  },
  lane: ({ url }) => laneAt(url.split("?")[0]!),
  request: async (config, message) => ({
    url: await addressOf(config, message),
    json: {
      ...contentOf(config, message),
      ...isThreaded(config, message) ? { thread: { threadKey: await shortKey(message.thread) } } : {},
    },
  }),
  verdict: verdictOn,
  // https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create, and the errors of every Google API:
  // https://cloud.google.com/apis/design/errors
  fixtures: {
    accepted: [{ json: { name: "spaces/AAAA/messages/B.B", thread: { name: "spaces/AAAA/threads/B" } } }],
    throttled: [{ status: 429, json: failure(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted") }],
    refused: [
      {
        status: 400,
        json: failure(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
        what: "config",
      },
      {
        status: 401,
        json: failure(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
        what: "config",
      },
      {
        status: 403,
        json: failure(403, "PERMISSION_DENIED", "The caller does not have permission"),
        what: "config",
      },
      { status: 404, json: failure(404, "NOT_FOUND", "Space not found."), what: "config" },
      {
        status: 400,
        json: failure(
          400,
          "INVALID_ARGUMENT",
          "Message cannot be empty. Discarding empty create message request",
        ),
        what: "payload",
      },
    ],
    retried: [
      { status: 503, json: failure(503, "UNAVAILABLE", "The service is currently unavailable.") },
      { about: "a page", text: "<html></html>" },
    ],
  },
  remedies: REMEDIES,
  target: {
    hosts: ["chat.googleapis.com"],
    example: "https://chat.googleapis.com/v1/spaces/AAAA0123/messages?key=0123&token=abcd",
    read: (url) =>
      webhookAddress(url, { path: /\/v1\/spaces\/[^/]+\/messages$/, shape: "/v1/spaces/…/messages?…" }),
  },
  sample: {
    url: "https://chat.googleapis.com/v1/spaces/AAAAB3/messages?key=AIza-b&token=A0%2B%2F%3D%26%2523cd",
    mention: "members",
  },
});

function failure(code: number, status: string, message: string): unknown {
  return { error: { code, message, status } };
}

function isThreaded({ thread }: Config, { digest }: Message): boolean {
  return thread && digest === undefined;
}

/** Google Chat drops a message with a known requestId. A space without threads treats a reply as a new message. */
async function addressOf(config: Config, message: Message): Promise<string> {
  const address = new URL(config.url);
  address.searchParams.set("requestId", await shortKey(message.id));
  if (isThreaded(config, message)) {
    address.searchParams.set("messageReplyOption", "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD");
  }
  return address.href;
}

function verdictOn(response: ChannelResponse): Verdict | undefined {
  const { name, error } = fieldsOf(response.json);
  const yes = confirmed(response, typeof name === "string");
  const { message } = fieldsOf(error);
  // A wrong key is an invalid argument, too.
  if (yes !== undefined || response.status !== 400 || !/API key|token|credential/i.test(String(message))) {
    return yes;
  }
  return refused("config", `HTTP 400: ${message}`);
}
