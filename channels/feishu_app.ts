import {
  defineChannel,
  delivered,
  isEvent,
  laneAt,
  type Message,
  retry,
  retryAlone,
  secret,
  server,
  skipped,
  type Verdict,
  z,
} from "../relay/channel.ts";
import { isLoud } from "./_chat/follow.ts";
import { cardsOf, changeCards, receiptOf } from "./_enterprise/cards.ts";
import { type CallResult, type Conversation, inConversation, keyOf } from "./_enterprise/conversation.ts";
import { FeishuApp, messageIdOf, type UrgentWay } from "./_feishu/app.ts";
import { contentOf } from "./_feishu/app_message.ts";
import { APP_REMEDIES } from "./_feishu/app_remedies.ts";
import { CALLS, readCall } from "./_feishu/callback.ts";
import { cardOf, FEISHU_MARKDOWN } from "./_feishu/markdown.ts";
import { withIds } from "./_feishu/people.ts";
import { ring, ringing } from "./_feishu/ring.ts";

const text = (): z.ZodString => z.string().trim().min(1);

const config = z.object({
  appId: text().meta({ title: "App id", description: "Begins with cli_." }),
  appSecret: secret("App secret"),
  chat: text().meta({
    title: "Chat",
    description: "The id of the group, which begins with oc_. The app's bot must be in it.",
  }),
  mentions: z.enum(["none", "members", "all"]).default("none").meta({
    title: "Mention",
    description:
      "The people to mention when an alert fires: members by their Feishu id, mobile number or e-mail address.",
  }),
  urgent: z.enum(["none", "app", "sms", "phone"]).default("none").meta({
    title: "Urgent",
    description:
      "How members are also notified urgently, by their Feishu id, mobile number or e-mail address: in the app, by text message, or by a call. Where the company's " +
      "quota is used up, the next quieter way is taken.",
  }),
  urgentFrom: z.enum(["critical", "error", "warning", "info"]).default("critical").meta({
    title: "Urgent from",
    description: "The lowest severity of an urgent message.",
  }),
  encryptKey: secret("Encrypt Key", {
    optional: true,
    description:
      "Of the app, from Events & Callbacks, Encryption Strategy: with it, buttons act without a page in between.",
  }),
  verificationToken: secret("Verification Token", {
    optional: true,
    description: "From the same page: where it is set, calls without it are refused.",
  }),
  base: server({
    default: "https://open.feishu.cn",
    description: "What stands before /open-apis: https://open.larksuite.com for Lark.",
  }),
});

type Config = z.output<typeof config>;

/** Our choice: after this time, members get no more urgent notifications of a message. */
const RING_WITHIN = 15 * 60_000;

export default defineChannel({
  api: 1,
  name: "feishu_app",
  title: "Feishu app",
  docs: "https://open.feishu.cn/document/server-docs/im-v1/message/create",
  config,
  limits: {
    titleChars: 100,
    alerts: 500, // our choice: alike alerts share a line
    // Our choice, for the card as JSON: a request has 30 KB, and the card is JSON inside JSON, with its buttons and
    // mentions.
    body: { jsonBytes: 12_000 },
    recipients: 200, // of an urgent message: the page above
    rates: [{ messages: 5, per: 1_000 }], // of all bots in a chat: the page above
    // The limit of one message is 5 a second: https://open.feishu.cn/document/server-docs/im-v1/message-card/patch
    edits: [{ messages: 4, per: 1_000 }],
  },
  form: "markdown",
  markdown: FEISHU_MARKDOWN,
  titleApart: true,
  buttons: true,
  card: (_config, message) => cardOf(message),
  address: [
    {
      name: "feishu",
      title: "Feishu id",
      description: "An open_id, which begins with ou_, or a user_id.",
    },
    { name: "mobile", title: "Mobile" },
    { name: "email", title: "E-mail" },
  ],
  threads: true,
  events: ["acknowledged", "unacknowledged", "escalated", "closed"],
  idempotent: true, // by uuid; an edit has the same effect again
  lane: ({ base, appId, chat }) => laneAt(base, appId, chat),
  send: inConversation(send),
  callback: {
    enabled: ({ encryptKey }) => encryptKey !== undefined,
    help:
      "Paste it into the app's settings: Events & Callbacks, Callback Configuration, and add the callback card.action.trigger.",
    read: readCall,
  },
  remedies: APP_REMEDIES,
  words: {
    zh: {
      "Feishu app": "飞书应用",
      "App id": "App ID",
      "Begins with cli_.": "以 cli_ 开头。",
      "App secret": "App Secret",
      "Chat": "群",
      "The id of the group, which begins with oc_. The app's bot must be in it.":
        "群的 chat_id，以 oc_ 开头。应用的机器人必须在群中。",
      "The people to mention when an alert fires: members by their Feishu id, mobile number or e-mail address.":
        "告警触发时 @ 谁：成员按飞书 ID、手机号或邮箱识别。",
      "Urgent": "加急",
      "How members are also notified urgently, by their Feishu id, mobile number or e-mail address: in the app, by text message, or by a call. Where the company's quota is used up, the next quieter way is taken.":
        "另外如何提醒成员（按飞书 ID、手机号或邮箱识别）：应用内加急、短信加急或电话加急。企业加急额度用完时改用更轻的方式。",
      "Urgent from": "加急的最低级别",
      "The lowest severity of an urgent message.": "达到该级别才加急。",
      "Of the app, from Events & Callbacks, Encryption Strategy: with it, buttons act without a page in between.":
        "见应用“事件与回调 → 加密策略”；填写后，点击卡片按钮直接生效，无需打开页面。",
      "Encrypt Key": "Encrypt Key",
      "Verification Token": "Verification Token",
      "From the same page: where it is set, calls without it are refused.":
        "见同一页；填写后，不带它的回调一律拒绝。",
      "Paste it into the app's settings: Events & Callbacks, Callback Configuration, and add the callback card.action.trigger.":
        "粘贴到应用“事件与回调 → 回调配置”的请求地址，并订阅回调 card.action.trigger。",
      "What stands before /open-apis: https://open.larksuite.com for Lark.":
        "/open-apis 之前的地址；Lark 为 https://open.larksuite.com。",
      "Feishu id": "飞书 ID",
      "An open_id, which begins with ou_, or a user_id.": "open_id（以 ou_ 开头）或 user_id。",
      "Mobile": "手机号",
      "E-mail": "邮箱",
    },
  },
  fixtures: {
    steps: {
      "/tenant_access_token/internal": {
        json: { code: 0, msg: "ok", tenant_access_token: "t-1", expire: 7_200 },
      },
    },
    accepted: [{
      json: { code: 0, msg: "success", data: { message_id: "om_1", chat_id: "oc_1" } },
      receipt: { cards: "om_1" },
    }],
    throttled: [
      { status: 400, json: { code: 230020, msg: "This operation triggers the frequency limit." } },
      {
        about: "the gateway",
        status: 429,
        headers: { "x-ogw-ratelimit-reset": "42" },
        json: { code: 99991400, msg: "request trigger frequency limit" },
        waitMs: 42_000,
      },
    ],
    refused: [
      {
        about: "a wrong app secret",
        at: "/tenant_access_token/internal",
        what: "config",
        json: { code: 10014, msg: "app secret invalid" },
      },
      {
        about: "the bot is not in the chat",
        what: "config",
        status: 400,
        json: { code: 230002, msg: "The bot can not be outside the group." },
      },
      {
        about: "a permission is missing",
        what: "config",
        status: 400,
        json: { code: 230027, msg: "Lack of necessary permissions." },
      },
      {
        about: "the audit",
        what: "payload",
        status: 400,
        json: { code: 230028, msg: "The messages do NOT pass the audit." },
      },
      {
        about: "the card",
        what: "payload",
        status: 400,
        json: { code: 230099, msg: "Failed to create card content." },
      },
    ],
    retried: [{ status: 502, text: "<html></html>" }],
    callbacks: CALLS,
  },
  sample: {
    appId: "cli_+/=",
    appSecret: "A0/+=&%23 cd",
    encryptKey: "e1/+=&%23 cd",
    verificationToken: "v1/+=&%23 cd",
    chat: "oc_+/=&",
    mentions: "members",
    urgent: "phone",
    base: "https://feishu.example.com/gw/",
  },
});

async function send(config: Config, message: Message, conversation: Conversation): Promise<Verdict> {
  const feishu = new FeishuApp(config, conversation);
  const isForPeople = config.mentions === "members" || ringing(config, message).length > 0;
  const { members: recipients, problem } = isForPeople && isLoud(message)
    ? await withIds(message.recipients, { feishu, app: config, conversation })
    : { members: message.recipients };
  const verdict = await sendTo(config, { ...message, recipients }, { feishu, conversation });
  return problem === undefined || verdict.kind !== "delivered"
    ? verdict
    : { ...verdict, because: `${verdict.because}; ${problem}` };
}

async function sendTo(
  config: Config,
  message: Message,
  { feishu, conversation }: { feishu: FeishuApp; conversation: Conversation },
): Promise<Verdict> {
  const cards = cardsOf(message.earlier);
  if (isEvent(message.reason) && cards.length === 0) return skipped("no card of this incident is known");
  const { content } = contentOf(config, message);
  return !isLoud(message) && cards.length > 0 && !message.plain
    ? await changeCards(cards, { verb: "edited", change: (card) => feishu.edit(card, content) })
    : await post(config, message, { feishu, cards, conversation });
}

/** Posts to the chat, or replies to the thread's first card; then sends urgent notifications. */
async function post(
  config: Config,
  message: Message,
  { feishu, cards, conversation: { tools: { cache, now } } }: {
    feishu: FeishuApp;
    cards: readonly string[];
    conversation: Conversation;
  },
): Promise<Verdict> {
  const people = ringing(config, message).filter(({ feishu }) => feishu);
  const key = `posted ${keyOf(config.base, config.chat, message.id)}`;
  const posted = people.length === 0 ? undefined : await cache.get(key) as Posted | undefined;
  let card = posted?.card;
  if (card === undefined) {
    const [first] = cards;
    const uuid = keyOf(message.id, String(message.plain), first ?? "");
    const content = contentOf(config, message);
    const result: CallResult = first === undefined
      ? await feishu.post(config.chat, content, uuid)
      : await feishu.reply(first, content, uuid);
    if (!result.ok) {
      const isGone = first !== undefined && result.cause === "chat";
      return isGone ? retry(result.verdict.because, { forget: true }) : result.verdict;
    }
    card = messageIdOf(result.json);
    if (card === undefined) return retry("0 without a message_id", { handedOver: true });
    if (people.length > 0) await cache.set(key, { card, at: now }, { until: now + 2 * RING_WITHIN });
  }
  const all = message.plain ? cards : [...cards, card]; // a text cannot be edited
  const receipt = all.length === 0 ? undefined : receiptOf(all);
  if (people.length === 0) return delivered("ok", { receipt });
  const rung = await ring(feishu, card, { way: config.urgent as UrgentWay, people });
  const isLate = now - (posted?.at ?? now) >= RING_WITHIN;
  if (rung.again && !isLate) return retryAlone(rung.words, { waitMs: rung.waitMs });
  return delivered(rung.words, { receipt, failed: rung.failed });
}

/** A posted message whose urgent notification is retried. */
interface Posted {
  readonly card: string;
  readonly at: number;
}
