import {
  defineChannel,
  delivered,
  isEvent,
  laneAt,
  type Message,
  secret,
  skipped,
  type Verdict,
  z,
} from "../relay/channel.ts";
import { isLoud } from "./_chat/follow.ts";
import { ADDRESSES, APP_WORDS, base, HOSTS, keyFields, robotCode } from "./_dingtalk/app_fields.ts";
import { PRESSED, readCardCall } from "./_dingtalk/card_callback.ts";
import { titleOf, VALUE_BYTES, valuesOf } from "./_dingtalk/card_values.ts";
import { DINGTALK_MARKDOWN } from "./_dingtalk/content.ts";
import { DingTalk } from "./_dingtalk/enterprise.ts";
import { ENTERPRISE_REMEDIES } from "./_dingtalk/enterprise_remedies.ts";
import { peopleOf } from "./_dingtalk/people.ts";
import { cardsOf, changeCards, receiptOf } from "./_enterprise/cards.ts";
import { type Conversation, inConversation, keyOf } from "./_enterprise/conversation.ts";

const text = (): z.ZodString => z.string().trim().min(1);

const config = z.object({
  ...keyFields,
  robotCode,
  conversation: text().meta({
    title: "Chat",
    description: "The group's openConversationId, which begins with cid. The app's robot must be in it.",
  }),
  templateId: text().meta({
    title: "Card template",
    description:
      "The id of a published template, which ends with .schema. Its text variables, each optional: " +
      "title, body (markdown), state (firing, acknowledged, escalated, resolved or closed), status, severity, event, group, " +
      "began, url, acknowledgeUrl, takeUrl; for buttons that call back: acknowledgeCode, takeCode, snoozeCode, and notice.",
  }),
  callbackUrl: z.url({ protocol: /^https?$/ }).optional().meta({
    title: "Callback address",
    description: "The callback address of this destination: the relay registers it with DingTalk.",
  }),
  callbackSecret: secret("Callback secret", {
    optional: true,
    description: "Any text of your choice, with which DingTalk signs its calls.",
  }),
  mentions: z.enum(["none", "members", "all"]).default("none").meta({
    title: "Mention",
    description:
      "The people to mention when an alert fires: members by their DingTalk user id or mobile number.",
  }),
  base,
});

type Config = z.output<typeof config>;

const SERVER = "https://api.dingtalk.com";

/** Our choice: after this time the callback address is registered again. */
const REGISTERED = 30 * 24 * 60 * 60_000;

/** Our choice: people whom one card mentions. */
const MENTIONS = 50;

export default defineChannel({
  api: 1,
  name: "dingtalk_card",
  title: "DingTalk card",
  docs: "https://open.dingtalk.com/document/orgapp/create-and-deliver-cards",
  config,
  limits: {
    titleChars: 100,
    alerts: 100, // our choice
    body: { bytes: VALUE_BYTES },
    recipients: MENTIONS,
    rates: [{ messages: 20, per: 60_000 }], // ours, as the page names no number: what DingTalk takes from its robots
  },
  form: "markdown",
  markdown: DINGTALK_MARKDOWN,
  titleApart: true,
  threads: true,
  events: ["acknowledged", "unacknowledged", "escalated", "closed"],
  hosts: HOSTS,
  address: ADDRESSES,
  lane: ({ base = SERVER, appKey, conversation }) => laneAt(base, appKey, conversation),
  send: inConversation(send),
  callback: {
    enabled: ({ callbackSecret }) => callbackSecret !== undefined,
    help:
      "Paste it into the field Callback address, and give the buttons of the template the action 'request' with the parameter code, whose value is acknowledgeCode, takeCode or snoozeCode.",
    read: ({ callbackSecret = "" }, request, context) => readCardCall(callbackSecret, request, context),
  },
  remedies: ENTERPRISE_REMEDIES,
  words: {
    zh: {
      ...APP_WORDS,
      "DingTalk card": "钉钉互动卡片",
      "Chat": "群",
      "The group's openConversationId, which begins with cid. The app's robot must be in it.":
        "群的 openConversationId，以 cid 开头。应用的机器人必须在群中。",
      "Card template": "卡片模板",
      "The id of a published template, which ends with .schema. Its text variables, each optional: title, body (markdown), state (firing, acknowledged, escalated, resolved or closed), status, severity, event, group, began, url, acknowledgeUrl, takeUrl; for buttons that call back: acknowledgeCode, takeCode, snoozeCode, and notice.":
        "已发布模板的 ID，以 .schema 结尾。可用的文本变量（均可省略）：title、body（Markdown）、state（firing、acknowledged、escalated、resolved 或 closed）、status、severity、event、group、began、url、acknowledgeUrl、takeUrl；回传请求按钮用 acknowledgeCode、takeCode、snoozeCode，以及 notice。",
      "Callback address": "回调地址",
      "The callback address of this destination: the relay registers it with DingTalk.":
        "此目的地的回调地址，由烽火向钉钉注册。",
      "Callback secret": "回调密钥",
      "Any text of your choice, with which DingTalk signs its calls.": "自行设定的文本，钉钉用它为回调签名。",
      "Paste it into the field Callback address, and give the buttons of the template the action 'request' with the parameter code, whose value is acknowledgeCode, takeCode or snoozeCode.":
        "粘贴到“回调地址”一栏；模板中按钮的点击事件设为“回传请求”，参数 code 取变量 acknowledgeCode、takeCode 或 snoozeCode。",
      "The people to mention when an alert fires: members by their DingTalk user id or mobile number.":
        "告警触发时 @ 谁：成员按钉钉用户 ID 或手机号识别。",
    },
  },
  fixtures: {
    steps: {
      "/v1.0/oauth2/accessToken": { json: { accessToken: "t-1", expireIn: 7_200 } },
      "/v1.0/card/callbacks/register": { json: { success: true, result: { apiSecret: "x" } } },
    },
    accepted: [{
      json: {
        success: true,
        result: {
          outTrackId: "x",
          deliverResults: [{ spaceType: "IM_GROUP", spaceId: "cid1", success: true }],
        },
      },
    }],
    throttled: [
      {
        about: "too many calls a second",
        status: 403,
        json: { code: "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", message: "x" },
      },
      { about: "the gateway", json: { status: 1111, wait: 5, source: "x5", punish: "deny" } },
    ],
    refused: [
      {
        about: "a wrong app secret",
        at: "/v1.0/oauth2/accessToken",
        what: "config",
        status: 400,
        json: { code: "invalidClientIdOrSecret", message: "无效的clientId或者clientSecret" },
      },
      {
        about: "no such chat",
        what: "config",
        status: 400,
        json: { code: "param.openSpaceIdInvalid", message: "openSpaceId不符合规范" },
      },
      {
        about: "the audit",
        what: "payload",
        status: 400,
        json: { code: "param.contentUnsafe", message: "卡片数据不能通过安全审查" },
      },
    ],
    retried: [
      { status: 500, json: { code: "system.error", message: "系统异常" } },
      {
        about: "created, and not delivered",
        json: {
          success: true,
          result: { outTrackId: "x", deliverResults: [{ success: false, errorMsg: "SYSTEM_ERROR" }] },
        },
      },
    ],
    callbacks: [PRESSED],
  },
  sample: {
    appKey: 'ding+/=& 机"</script>',
    appSecret: "A0/+=&%23 cd",
    conversation: "cid+/=",
    templateId: "t-1.schema",
    callbackUrl: "https://fenghuo.example.com/callbacks/a/b/c",
    callbackSecret: "c1/+=&%23 cd",
    mentions: "members",
    base: "https://dingtalk.example.com/gw/",
  },
});

async function send(config: Config, message: Message, conversation: Conversation): Promise<Verdict> {
  const dingtalk = new DingTalk(config, conversation);
  const cards = cardsOf(message.earlier);
  if (isEvent(message.reason) && cards.length === 0) return skipped("no card of this incident is known");
  const values = valuesOf(message);
  return !isLoud(message) && cards.length > 0
    ? await changeCards(cards, { verb: "updated", change: (card) => dingtalk.updateCard(card, values) })
    : await deliver(config, message, { dingtalk, conversation, cards, values });
}

/** Posts a new card, because a changed card notifies nobody. */
async function deliver(
  config: Config,
  message: Message,
  { dingtalk, conversation, cards, values }: {
    dingtalk: DingTalk;
    conversation: Conversation;
    cards: readonly string[];
    values: Readonly<Record<string, string>>;
  },
): Promise<Verdict> {
  const outTrackId = `fenghuo-${
    keyOf(config.base ?? SERVER, config.conversation, message.id, String(message.plain))
  }`;
  const callback = await callbackOf(config, { dingtalk, conversation });
  const result = await dingtalk.deliverCard({
    templateId: config.templateId,
    outTrackId,
    robotCode: config.robotCode ?? config.appKey,
    conversation: config.conversation,
    title: titleOf(message),
    values,
    callbackRouteKey: callback.key,
    mentions: await mentionsOf(config, message, { dingtalk, conversation }),
  });
  if (!result.ok) return result.verdict;
  const words = callback.problem === undefined ? "ok" : `ok; no callback: ${callback.problem}`;
  return delivered(words, message.digest ? {} : { receipt: receiptOf([...cards, outTrackId]) });
}

/** The key under which the callback address is registered. A failure does not delay the card. */
async function callbackOf(
  { appKey, base = SERVER, callbackUrl, callbackSecret }: Config,
  { dingtalk, conversation: { tools: { cache, now } } }: { dingtalk: DingTalk; conversation: Conversation },
): Promise<{ key?: string; problem?: string }> {
  if (callbackUrl === undefined || callbackSecret === undefined) return {};
  const key = `fenghuo-${keyOf(callbackUrl)}`;
  const kept = `callback ${keyOf(base, appKey, callbackUrl, callbackSecret)}`;
  if (await cache.get(kept) !== undefined) return { key };
  const registered = await dingtalk.registerCallback({ key, url: callbackUrl, secret: callbackSecret });
  if (!registered.ok) return { problem: registered.verdict.because };
  await cache.set(kept, now, { until: now + REGISTERED });
  return { key };
}

/** Only a firing alert mentions people. A failed look-up does not delay the card. */
async function mentionsOf(
  config: Config,
  message: Message,
  calls: { dingtalk: DingTalk; conversation: Conversation },
): Promise<Record<string, string>> {
  if (!isLoud(message) || config.mentions === "none") return {};
  if (config.mentions === "all") return { "@ALL": "@ALL" };
  const { people } = await peopleOf(config, message, calls);
  const nameOf = (id: string): string => message.recipients.find((member) => member.id === id)?.name ?? id;
  return Object.fromEntries(people.slice(0, MENTIONS).map(({ member, user }) => [user, nameOf(member)]));
}
