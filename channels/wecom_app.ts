import {
  cut,
  defineChannel,
  delivered,
  laneAt,
  type Message,
  refused,
  retry,
  secret,
  server,
  skipped,
  type Verdict,
  z,
} from "../relay/channel.ts";
import { isLoud } from "./_chat/follow.ts";
import { type ChatApi, sendToChat } from "./_enterprise/chat_group.ts";
import { type ChatUser, type Missing, withMissing } from "./_enterprise/members.ts";
import {
  type Conversation,
  type FailedCall,
  failure,
  inConversation,
  keyOf,
} from "./_enterprise/conversation.ts";
import { appKeyOf, CHAT_PEOPLE, WeCom } from "./_wecom/app.ts";
import { idsIn } from "./_wecom/app_answer.ts";
import { BYTES, contentOf, MARK_BYTES, markOf } from "./_wecom/app_message.ts";
import { CALLS, keysOf, readCall } from "./_wecom/callback.ts";
import { CARD_CHARS, changedCard } from "./_wecom/template_card.ts";
import { WECOM_MARKDOWN } from "./_wecom/markdown.ts";
import { APP_REMEDIES } from "./_wecom/remedies.ts";

const config = z.object({
  corpid: z.string().trim().min(1).meta({ title: "Company id", description: "corpid, under My company." }),
  secret: secret("Secret", { description: "Of the app." }),
  agentid: z.coerce.number().int().positive().meta({ title: "Agent id", description: "Of the app." }),
  to: z.enum(["members", "chat"]).default("members").meta({
    title: "To",
    description: "members: each one in the app. chat: a chat of the group's members, which the app makes.",
  }),
  form: z.enum(["markdown", "text", "textcard", "card"]).default("markdown").meta({
    title: "Form",
    description:
      "Markdown is shown in WeCom only, not in WeChat. What a card cannot hold, such as an alert " +
      "without a link, goes as text. card: a template card, for members only, whose buttons act; it " +
      "needs Token and EncodingAESKey.",
  }),
  callbackToken: secret("Token", {
    optional: true,
    description: "Of the app, from Receive messages, Set API reception.",
  }),
  encodingAesKey: secret("EncodingAESKey", { optional: true, description: "From the same page." }),
  base: server({
    default: "https://qyapi.weixin.qq.com",
    description: "What stands before /cgi-bin/: only for private deployments, proxies and the simulator.",
  }),
});

type Config = z.output<typeof config>;

/**
 * The limits of one member: https://developer.work.weixin.qq.com/document/path/90312. WeCom silently drops messages
 * over the limit, so all messages of the app count. Its chats accept more, but a chat of one person is a message to a
 * member.
 */
const RATES = [{ messages: 30, per: 60_000 }, { messages: 1_000, per: 3_600_000 }];

/** People in one message: the same page. */
const PEOPLE = 1_000;

/**
 * The time in which WeCom posts the same request only once, in seconds, at its maximum: a retry may come late. The
 * same page.
 */
const DUPLICATE_CHECK = 14_400;

/** The most characters of a chat's name: https://developer.work.weixin.qq.com/document/path/90245 */
const NAME_CHARS = 50;

/** A user id: https://developer.work.weixin.qq.com/document/path/90195. `@all` would be the whole company. */
const USER_ID = /^[A-Za-z0-9][\w.@-]{0,63}$/;

export default defineChannel({
  name: "wecom_app",
  title: "WeCom app",
  docs: "https://developer.work.weixin.qq.com/document/path/90236",
  config,
  // WeCom never counts more bytes than the JSON has.
  limits: ({ form }) => ({
    titleChars: 100,
    alerts: 500, // our choice: alike alerts share a line
    ...form === "card" ? { body: { characters: CARD_CHARS } } : { bodyBytes: BYTES[form] - MARK_BYTES },
    parallel: 4,
    rates: RATES,
  }),
  titleApart: ({ form }) => form === "card",
  threads: sendsCards,
  events: ["acknowledged", "closed"],
  address: { name: "wecom", title: "WeCom user id" },
  form: ({ form }) => form === "markdown" ? "markdown" : "text",
  markdown: WECOM_MARKDOWN,
  lane: ({ base, corpid, agentid }) => laneAt(base, corpid, agentid),
  idempotent: ({ to }) => to !== "chat", // by enable_duplicate_check
  send: inConversation(send),
  callback: {
    enabled: (config) => keysOf(config) !== undefined,
    help: "Paste it into the app's page: Receive messages, Set API reception, URL.",
    read: readCall,
  },
  words: {
    zh: {
      "Token": "Token",
      "Of the app, from Receive messages, Set API reception.": "见应用的“接收消息 → 设置 API 接收”。",
      "EncodingAESKey": "EncodingAESKey",
      "From the same page.": "见同一页。",
      "WeCom user id": "企业微信用户 ID",
      "Paste it into the app's page: Receive messages, Set API reception, URL.":
        "粘贴到应用的“接收消息 → 设置 API 接收”的 URL。",
    },
  },
  // https://developer.work.weixin.qq.com/document/path/90313 and the pages of channels/_wecom/app.ts
  fixtures: {
    steps: {
      "/cgi-bin/gettoken": { json: { errcode: 0, errmsg: "ok", access_token: "t-1", expires_in: 7_200 } },
    },
    accepted: [{ json: { errcode: 0, errmsg: "ok", msgid: "m-1" } }],
    throttled: [{ json: { errcode: 45009, errmsg: "api freq out of limit" } }],
    refused: [
      {
        about: "a wrong secret",
        at: "/cgi-bin/gettoken",
        json: { errcode: 40001, errmsg: "invalid credential" },
        what: "config",
      },
      { json: { errcode: 60020, errmsg: "not allow to access from your ip" }, what: "config" },
      { json: { errcode: 81013, errmsg: "all users invalid" }, what: "recipient" },
      { json: { errcode: 40058, errmsg: "content exceed max length" }, what: "payload" },
    ],
    retried: [{ json: { errcode: -1, errmsg: "system busy" } }],
    callbacks: CALLS,
  },
  remedies: APP_REMEDIES,
  sample: {
    corpid: 'ww+/=& 机"</script>',
    secret: "A0/+=&%23 cd",
    agentid: 1_000_002,
    callbackToken: "t1/+=&%23 cd",
    encodingAesKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    base: "https://qyapi.weixin.qq.com/",
  },
});

async function send(config: Config, message: Message, conversation: Conversation): Promise<Verdict> {
  const people = peopleOf(message);
  if (people.length === 0) {
    const words = "no member of the group has a WeCom user id";
    return withMissing(refused("recipient", words), misnamedIn(message));
  }
  const wecom = new WeCom(config, conversation);
  const changed = await changeCard(people, { config, message, wecom });
  if (changed !== undefined) return withMissing(changed, misnamedIn(message));
  const verdict = config.to === "chat"
    ? await toChat(people, { config, message, wecom, conversation })
    : undefined;
  return withMissing(verdict ?? await toMembers(people, { config, message, wecom }), misnamedIn(message));
}

/** The members with a valid WeCom user id. */
function peopleOf({ recipients }: Message): ChatUser[] {
  return recipients.flatMap(({ id, wecom = "" }) => USER_ID.test(wecom) ? [{ member: id, user: wecom }] : []);
}

function misnamedIn({ recipients }: Message): Missing[] {
  return recipients.filter(({ wecom }) => wecom && !USER_ID.test(wecom))
    .map(({ id }) => ({ member: id, because: "not a WeCom user id" }));
}

/** @returns `undefined` when a chat needs more people */
async function toChat(
  people: readonly ChatUser[],
  { config, message, wecom, conversation }: {
    config: Config;
    message: Message;
    wecom: WeCom;
    conversation: Conversation;
  },
): Promise<Verdict | undefined> {
  const { cache, now } = conversation.tools;
  const key = `chat ${keyOf(appKeyOf(config), String(config.agentid), message.group)}`;
  const name = cut(`烽火 ${message.group}`, { chars: NAME_CHARS });
  const api = wecom.chats({ name, key, message: { ...contentOf(config, message, ""), safe: 0 } });
  let isTooSmall = false;
  const create: ChatApi["create"] = async (users, context) => {
    isTooSmall = users.length < CHAT_PEOPLE.least;
    return isTooSmall
      ? failure(refused("recipient", "nobody to chat with"))
      : await api.create(users, context);
  };
  const verdict = await sendToChat({
    key,
    people,
    isComplete: true,
    owner: undefined,
    api: { ...api, create },
    cache,
    now,
  });
  return isTooSmall ? undefined : verdict;
}

/** Whether messages are cards with callback buttons. */
function sendsCards(config: Config): boolean {
  return config.form === "card" && config.to === "members" && keysOf(config) !== undefined;
}

/** Changes the card of an acknowledged or ended incident, which WeCom allows once. `undefined`: a new message must be sent. */
async function changeCard(
  people: readonly ChatUser[],
  { config, message, wecom }: { config: Config; message: Message; wecom: WeCom },
): Promise<Verdict | undefined> {
  const { code } = message.earlier ?? {};
  const isUnchangeable = !sendsCards(config) || code === undefined || message.plain || message.digest;
  // The acknowledgement is only shown on a card; the end of an alert is also sent as a new message.
  if (isUnchangeable) {
    return message.reason === "acknowledged" ? skipped("no card can be changed") : undefined;
  }
  if (isLoud(message)) return undefined;
  const changed = await wecom.updateCard({
    userids: [...new Set(people.map(({ user }) => user))],
    agentid: config.agentid,
    response_code: code,
    template_card: changedCard(message),
  });
  if (changed.ok) return delivered("changed", { receipt: { changed: "1" } });
  return changed.cause === "chat" ? retry(changed.verdict.because, { forget: true }) : changed.verdict;
}

async function toMembers(
  people: readonly ChatUser[],
  { config, message, wecom }: { config: Config; message: Message; wecom: WeCom },
): Promise<Verdict> {
  const content = contentOf(config, message, markOf(message));
  const users = [...new Set(people.map(({ user }) => user))];
  const unreached = new Set<string>();
  const codes: string[] = [];
  let words = "";
  for (let start = 0; start < users.length; start += PEOPLE) {
    const some = users.slice(start, start + PEOPLE);
    const sent = await wecom.send({
      touser: some.join("|"),
      ...content,
      agentid: config.agentid,
      safe: 0,
      enable_duplicate_check: 1,
      duplicate_check_interval: DUPLICATE_CHECK,
    });
    if (!sent.ok && !isForAll(sent)) return sent.verdict;
    const { invaliduser, unlicenseduser } = sent.ok ? sent.json : { invaliduser: some.join("|") };
    for (const user of [...idsIn(invaliduser), ...idsIn(unlicenseduser)]) unreached.add(user);
    if (!sent.ok) words = sent.verdict.because;
    else if (sent.json.response_code) codes.push(String(sent.json.response_code));
  }
  const failed = people.filter(({ user }) => unreached.has(user.toLowerCase()));
  const names = failed.map(({ member }) => member);
  if (failed.length === people.length) {
    return refused("recipient", words || "WeCom can send to none of the members", names);
  }
  const [code, ...others] = codes;
  return delivered(
    failed.length === 0 ? "ok" : `ok; not to ${names.join(", ")}: WeCom cannot send to them`,
    { failed: names, receipt: code === undefined || others.length > 0 ? undefined : { code } },
  );
}

/** Whether none of the people in the message can be reached. */
function isForAll({ cause, verdict }: FailedCall): boolean {
  return cause === "people" && verdict.kind === "refused" && verdict.what === "recipient";
}
