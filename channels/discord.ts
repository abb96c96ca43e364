import {
  type ChannelResponse,
  COMMONMARK,
  cut,
  defineChannel,
  laneAt,
  type Message,
  refused,
  retry,
  throttled,
  type Verdict,
  z,
} from "../relay/channel.ts";
import { confirmed } from "./_answers/confirmed.ts";
import { fieldsOf } from "./_answers/json.ts";
import { buttonsOf } from "./_chat/buttons.ts";
import { hexOf } from "./_chat/colour.ts";
import { editField, FOLLOW_WORDS, followUp, isLoud } from "./_chat/follow.ts";
import {
  type Mention,
  MENTION_WORDS,
  mentionField,
  type MentionMarkup,
  mentionsOf,
} from "./_chat/mentions.ts";
import { webhookUrl } from "./_chat/webhook_url.ts";
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

// The sizes of https://discord.com/developers/docs/resources/message#embed-object-embed-limits and …/webhook#execute-webhook
const CONTENT_CHARS = 2_000;
const DESCRIPTION_CHARS = 4_096;
/** https://discord.com/developers/docs/components/reference#button */
const BUTTON = { chars: 80, address: 512 };

const MENTIONS: MentionMarkup = {
  member: ({ discord }) => discord && `<@${discord}>`,
  here: "@here",
  all: "@everyone",
};

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
    // Assumed: Discord gives its limits in the headers of its answers alone. Seen in the field: 5 in 2 s, 30 a minute.
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
  sample: {
    url: "https://discord.com/api/webhooks/123456789012345678/A0%2B_-cd",
    thread: "5550001",
    mention: "members",
  },
});

/** `wait`: without it Discord answers before it has looked at the message. `with_components`: for the buttons. */
function addressOf({ url, thread }: Config, path: string): string {
  const address = new URL(url);
  address.pathname = address.pathname.replace(/\/+$/, "") + path;
  address.searchParams.set("wait", "true");
  address.searchParams.set("with_components", "true");
  if (thread !== undefined) address.searchParams.set("thread_id", thread);
  return address.href;
}

/** The title is the text, which a notification shows; the body is beside a line in the colour of the severity. */
function contentOf({ mention }: Config, message: Message): Record<string, unknown> {
  if (message.plain) {
    // Within the sum of a plain message, but for a label of signs alone.
    const content = message.body.slice(0, CONTENT_CHARS);
    return { content, embeds: [], components: [], allowed_mentions: { parse: [] } };
  }
  const calls = mentionsOf(mention, message, MENTIONS);
  const title = `**${COMMONMARK.escape(message.title)}**`;
  const buttons = buttonsOf(message, { most: 5 }).filter(({ url }) => url.length <= BUTTON.address);
  const row = buttons.map(({ title, url }) => ({
    type: 2,
    style: 5,
    label: cut(title, { chars: BUTTON.chars }),
    url,
  }));
  return {
    content: calls === "" ? title : `${title}\n${calls}`,
    embeds: message.body.trim() === ""
      ? []
      : [{ description: message.body, color: Number.parseInt(hexOf(message).slice(1), 16) }],
    components: row.length === 0 ? [] : [{ type: 1, components: row }],
    allowed_mentions: allowedOf(mention, message),
  };
}

/** Nobody else can be mentioned, whatever a label says; Discord accepts a hundred ids. */
function allowedOf(mention: Mention, message: Message): Record<string, unknown> {
  if (mention === "none" || !isLoud(message)) return { parse: [] };
  if (mention !== "members") return { parse: ["everyone"] };
  const ids = message.recipients.map(({ discord }) => discord).filter((id) => id !== undefined);
  return { users: [...new Set(ids)].slice(0, 100), parse: [] };
}

/** A message that is gone, or edited too often. */
const EARLIER_GONE = [10008, 30046, 50083];

/** A person must mend the webhook or the thread; others do so by their HTTP status. */
const CONFIG = [10003, 10015, 50027, 220001, 220003];

function verdictOn(response: ChannelResponse): Verdict | undefined {
  const { id, code, message, retry_after } = fieldsOf(response.json);
  const receipt = typeof id === "string" ? { message: id } : undefined;
  const yes = confirmed(response, receipt !== undefined, { receipt });
  if (yes !== undefined || typeof message !== "string") return yes;
  const words = typeof code === "number" && code !== 0
    ? `${code} ${message}`
    : `HTTP ${response.status}: ${message}`;
  if (EARLIER_GONE.includes(Number(code))) return retry(words, { waitMs: 1_000, forget: true });
  if (CONFIG.includes(Number(code))) return refused("config", words);
  if (response.status !== 429) return code === 40333 ? refused("config", words) : undefined;
  return typeof retry_after === "number"
    ? throttled(words, { waitMs: Math.ceil(retry_after * 1_000) })
    : undefined;
}
