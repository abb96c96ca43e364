import {
  cut,
  defineChannel,
  delivered,
  laneAt,
  type Message,
  retry,
  secret,
  server,
  skipped,
  utf8Bytes,
  type Verdict,
  z,
} from "../relay/channel.ts";
import { DINGTALK_MARKDOWN } from "./_dingtalk/content.ts";
import { DingTalk } from "./_dingtalk/enterprise.ts";
import { ENTERPRISE_REMEDIES } from "./_dingtalk/enterprise_remedies.ts";
import { peopleOf } from "./_dingtalk/people.ts";
import { cardsOf, eventOf, receiptOf } from "./_enterprise/cards.ts";
import { Conversation, keyOf } from "./_enterprise/conversation.ts";

const text = (): z.ZodString => z.string().trim().min(1);

const config = z.object({
  appKey: text().meta({ title: "App key", description: "Also called client id." }),
  appSecret: secret("App secret", { description: "Also called client secret." }),
  robotCode: text().optional().meta({
    title: "Robot code",
    description: "Default is the app key, as with robots of the company's own apps.",
  }),
  conversation: text().meta({
    title: "Chat",
    description: "The group's openConversationId, which begins with cid. The app's robot must be in it.",
  }),
  templateId: text().meta({
    title: "Card template",
    description:
      "The id of a published template, which ends with .schema. Its text variables, each optional: " +
      "title, body (markdown), state (firing, acknowledged, resolved or closed), status, severity, event, group, " +
      "began, url, acknowledgeUrl.",
  }),
  mentions: z.enum(["none", "members", "all"]).default("none").meta({
    title: "Mention",
    description: "Who is mentioned when an alert fires: members by their DingTalk user id or mobile number.",
  }),
  base: server({
    optional: true,
    description: "What stands before the paths of api.dingtalk.com and oapi.dingtalk.com: only for private " +
      "deployments and the simulator.",
  }),
});

type Config = z.output<typeof config>;

const SERVER = "https://api.dingtalk.com";

/** Of one variable, in bytes: https://open.dingtalk.com/document/orgapp/create-and-deliver-cards */
const VALUE_BYTES = 1_000;

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
  events: ["acknowledged", "closed"],
  hosts: ["api.dingtalk.com", "oapi.dingtalk.com"],
  address: [
    { name: "dingtalk", title: "DingTalk user id" },
    { name: "mobile", title: "Mobile" },
  ],
  lane: ({ base = SERVER, appKey, conversation }) => laneAt(base, appKey, conversation),
  send: async (config, message, tools) => {
    const conversation = new Conversation(tools);
    return conversation.withoutTokens(await send(config, message, conversation));
  },
  remedies: ENTERPRISE_REMEDIES,
  words: {
    zh: {
      "DingTalk card": "钉钉互动卡片",
      "App key": "AppKey",
      "Also called client id.": "也叫 Client ID。",
      "App secret": "AppSecret",
      "Also called client secret.": "也叫 Client Secret。",
      "Default is the app key, as with robots of the company's own apps.":
        "默认与 AppKey 相同（企业内部应用的机器人如此）。",
      "Chat": "群",
      "The group's openConversationId, which begins with cid. The app's robot must be in it.":
        "群的 openConversationId，以 cid 开头。应用的机器人必须在群中。",
      "Card template": "卡片模板",
      "The id of a published template, which ends with .schema. Its text variables, each optional: title, body (markdown), state (firing, acknowledged, resolved or closed), status, severity, event, group, began, url, acknowledgeUrl.":
        "已发布模板的 ID，以 .schema 结尾。可用的文本变量（均可省略）：title、body（Markdown）、state（firing、acknowledged、resolved 或 closed）、status、severity、event、group、began、url、acknowledgeUrl。",
      "Who is mentioned when an alert fires: members by their DingTalk user id or mobile number.":
        "告警触发时 @ 谁：成员按钉钉用户 ID 或手机号识别。",
      "What stands before the paths of api.dingtalk.com and oapi.dingtalk.com: only for private deployments and the simulator.":
        "api.dingtalk.com 与 oapi.dingtalk.com 的路径之前的地址：仅用于专有部署与模拟器。",
      "DingTalk user id": "钉钉用户 ID",
      "Mobile": "手机号",
    },
  },
  fixtures: {
    steps: { "/v1.0/oauth2/accessToken": { json: { accessToken: "t-1", expireIn: 7_200 } } },
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
  },
  sample: {
    appKey: 'ding+/=& 机"</script>',
    appSecret: "A0/+=&%23 cd",
    conversation: "cid+/=",
    templateId: "t-1.schema",
    mentions: "members",
    base: "https://dingtalk.example.com/gw/",
  },
});

async function send(config: Config, message: Message, conversation: Conversation): Promise<Verdict> {
  const dingtalk = new DingTalk(config, conversation);
  const cards = cardsOf(message.earlier);
  const isEvent = eventOf(message) !== undefined;
  if (isEvent && cards.length === 0) return skipped("no card of this incident is known");
  const isQuiet = isEvent || message.status === "resolved";
  return isQuiet && cards.length > 0
    ? await update(dingtalk, cards, valuesOf(message))
    : await deliver(config, message, { dingtalk, conversation, cards });
}

/** Changes all cards of the thread. Those that are gone are left out. */
async function update(
  dingtalk: DingTalk,
  cards: readonly string[],
  values: Readonly<Record<string, string>>,
): Promise<Verdict> {
  const left: string[] = [];
  let gone = "";
  for (const card of cards) {
    const changed = await dingtalk.updateCard(card, values);
    if (changed.ok) left.push(card);
    else if (changed.cause === "chat") gone = changed.verdict.because;
    else return changed.verdict;
  }
  if (left.length === 0) return retry(gone, { forget: true });
  return delivered(left.length === 1 ? "updated" : `updated ${left.length} cards`, {
    receipt: receiptOf(left),
  });
}

/** Posts a new card, because a changed card rings nobody. */
async function deliver(
  config: Config,
  message: Message,
  { dingtalk, conversation, cards }: {
    dingtalk: DingTalk;
    conversation: Conversation;
    cards: readonly string[];
  },
): Promise<Verdict> {
  const outTrackId = `fenghuo-${
    keyOf(config.base ?? SERVER, config.conversation, message.id, String(message.plain))
  }`;
  const result = await dingtalk.deliverCard({
    templateId: config.templateId,
    outTrackId,
    robotCode: config.robotCode ?? config.appKey,
    conversation: config.conversation,
    title: titleOf(message),
    values: valuesOf(message),
    mentions: await mentionsOf(config, message, { dingtalk, conversation }),
  });
  if (!result.ok) return result.verdict;
  return delivered("ok", message.digest ? {} : { receipt: receiptOf([...cards, outTrackId]) });
}

/** The values of all variables of the template: an update keeps the old value of a variable that it lacks. */
function valuesOf(message: Message): Record<string, string> {
  const { status, words, group, actions, links, alerts: [alert] } = message;
  const values = {
    title: titleOf(message),
    body: message.body.trim() || titleOf(message),
    state: eventOf(message) ?? status,
    status: words.status,
    severity: words.severity,
    event: words.event ?? "",
    group,
    began: alert?.words.began ?? "",
  };
  const addresses = { url: actions?.open ?? links[0]?.url ?? "", acknowledgeUrl: actions?.acknowledge ?? "" };
  return {
    ...mapped(values, (value) => cut(value, { bytes: VALUE_BYTES })),
    ...mapped(addresses, (url) => utf8Bytes(url) <= VALUE_BYTES ? url : ""), // a cut address is useless
  };
}

function mapped<K extends string>(
  values: Readonly<Record<K, string>>,
  change: (value: string) => string,
): Record<K, string> {
  const entries = Object.entries<string>(values).map(([name, value]) => [name, change(value)]);
  return Object.fromEntries(entries) as Record<K, string>;
}

function titleOf({ title, severity }: Message): string {
  return title.trim() || severity;
}

/** Only a firing alert mentions people. A look-up that fails does not hold up the card. */
async function mentionsOf(
  config: Config,
  message: Message,
  calls: { dingtalk: DingTalk; conversation: Conversation },
): Promise<Record<string, string>> {
  if (message.status !== "firing" || config.mentions === "none") return {};
  if (config.mentions === "all") return { "@ALL": "@ALL" };
  const { people } = await peopleOf(config, message, calls);
  const nameOf = (id: string): string => message.recipients.find((member) => member.id === id)?.name ?? id;
  return Object.fromEntries(people.slice(0, MENTIONS).map(({ member, user }) => [user, nameOf(member)]));
}
