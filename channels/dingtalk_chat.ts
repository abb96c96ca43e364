import { cut, defineChannel, laneAt, type Message, refused, type Verdict, z } from "../relay/channel.ts";
import { sendToChat } from "./_enterprise/chat_group.ts";
import { type Missing, withMissing } from "./_enterprise/members.ts";
import { type Conversation, inConversation, keyOf } from "./_enterprise/conversation.ts";
import { APP_WORDS, base, HOSTS, keyFields } from "./_dingtalk/app_fields.ts";
import { DINGTALK_MARKDOWN } from "./_dingtalk/content.ts";
import { appKeyOf, type ChatContent, DingTalk, msgOf, msgParamOf } from "./_dingtalk/enterprise.ts";
import { ENTERPRISE_REMEDIES } from "./_dingtalk/enterprise_remedies.ts";
import { peopleOf } from "./_dingtalk/people.ts";

const text = (): z.ZodString => z.string().trim().min(1);

const config = z.object({
  ...keyFields,
  api: z.enum(["v1", "legacy"]).default("v1").meta({
    title: "API",
    description:
      "v1: a scene group in which the app's robot speaks. legacy: chat/create and chat/send, which " +
      "DingTalk has closed to apps that did not use them before.",
  }),
  templateId: text().optional().meta({
    title: "Template",
    description: "Of v1: the id of a published scene group template that has the app's robot.",
  }),
  robotCode: text().optional().meta({
    title: "Robot code",
    description: "Of v1: default is the app key, as with robots of the company's own apps.",
  }),
  owner: text().optional().meta({
    title: "Owner",
    description: "The user id of the chat's owner, one of the staff. Default: the first member of the group.",
  }),
  chatName: text().max(20).optional().meta({
    title: "Name of the chat",
    description: "Default: made from the group's name.",
  }),
  form: z.enum(["markdown", "text"]).default("markdown").meta({ title: "Form" }),
  base,
}).refine(({ api, templateId }) => api === "legacy" || templateId !== undefined, {
  path: ["templateId"],
  error: 'is needed with the api "v1"',
});

type Config = z.output<typeof config>;

/**
 * The most bytes of the posted message: `msgParam` of
 * https://open.dingtalk.com/document/orgapp/the-robot-sends-a-group-message, `msg` of
 * https://open.dingtalk.com/document/orgapp/send-group-messages
 */
const BYTES = { v1: 15_000, legacy: 2_048 };

/** Our choice: the bytes reserved for the title and the frame of the text. */
const FRAME_BYTES = { v1: 1_000, legacy: 400 };

/** Our choice: the most bytes of the title, which is shown only in lists and on the lock screen. */
const TITLE_BYTES = 300;

/**
 * Our choice, because the pages name no number: the rate of DingTalk's other robots. The monthly quota depends on the
 * plan.
 */
const RATES = [{ messages: 20, per: 60_000 }];

/** The most characters of a chat's name: https://open.dingtalk.com/document/orgapp/create-group-session */
const NAME_CHARS = 20;

export default defineChannel({
  name: "dingtalk_chat",
  markup: "dingtalk",
  title: "DingTalk chat",
  docs: "https://open.dingtalk.com/document/orgapp/the-robot-sends-a-group-message",
  config,
  limits: ({ api }) => ({
    titleChars: 100,
    alerts: 500, // our choice: alike alerts share a line
    bodyBytes: BYTES[api] - FRAME_BYTES[api],
    parallel: 4,
    rates: RATES,
  }),
  form: ({ form }) => form,
  markdown: DINGTALK_MARKDOWN,
  lane: ({ base, appKey }) => laneAt(base ?? "https://oapi.dingtalk.com", appKey),
  hosts: HOSTS,
  send: inConversation(send),
  // The pages of channels/_dingtalk/enterprise_answer.ts
  fixtures: {
    steps: {
      "/v1.0/oauth2/accessToken": { json: { accessToken: "t-1", expireIn: 7_200 } },
      "/gettoken": { json: { errcode: 0, errmsg: "ok", access_token: "t-2", expires_in: 7_200 } },
      "/topapi/v2/user/getbymobile": { json: { errcode: 0, errmsg: "ok", result: { userid: "user2" } } },
      "/v1.0/im/sceneGroup/create": { json: { open_conversation_id: "cid1", chat_id: "chat1" } },
    },
    accepted: [{ json: { processQueryKey: "key1" } }],
    throttled: [
      { status: 400, json: { code: "send.too.fast", message: "x" }, waitMs: 60_000 },
      {
        about: "the gateway",
        json: { status: 1111, wait: 5, source: "x5", punish: "deny" },
        waitMs: 300_000,
      },
    ],
    refused: [
      { status: 400, json: { code: "bot.stopped", message: "x" }, what: "config" },
      {
        about: "a wrong app secret",
        at: "/v1.0/oauth2/accessToken",
        status: 400,
        json: { code: "invalidClientIdOrSecret", message: "无效的clientId或者clientSecret" },
        what: "config",
      },
    ],
    retried: [{ status: 500, json: { code: "system.error", message: "x" } }],
  },
  remedies: ENTERPRISE_REMEDIES,
  words: { zh: APP_WORDS },
  sample: {
    appKey: 'ding+/=& 机"</script>',
    appSecret: "A0/+=&%23 cd",
    templateId: "t-1",
    owner: "user1",
    base: "https://dingtalk.example.com/gw/",
  },
});

async function send(config: Config, message: Message, conversation: Conversation): Promise<Verdict> {
  const { cache, now } = conversation.tools;
  const dingtalk = new DingTalk(config, conversation);
  const { people, missing, problem } = await peopleOf(config, message, { dingtalk, conversation });
  if (people.length === 0) return problem ?? nobody(missing);
  // Without that token no other call would work; v1 has a token of its own, and can still reach the members in the
  // cache.
  if (config.api === "legacy" && problem !== undefined && "step" in problem && problem.step === "token") {
    return problem;
  }
  const key = `chat ${keyOf(appKeyOf(config), config.api, message.group)}`;
  const plan = {
    name: cut(config.chatName ?? `烽火 ${message.group}`, { chars: NAME_CHARS }),
    templateId: config.templateId ?? "",
    robotCode: config.robotCode ?? config.appKey,
    uuid: key,
    content: contentOf(config, message),
  };
  const api = config.api === "v1" ? dingtalk.sceneGroups(plan) : dingtalk.legacyChats(plan);
  const isComplete = !missing.some(({ isUnsure }) => isUnsure);
  const verdict = await sendToChat({ key, people, isComplete, owner: config.owner, api, cache, now });
  return withMissing(verdict, missing);
}

function nobody(missing: readonly Missing[]): Verdict {
  const words = "no member of the group has a DingTalk user id or a mobile number";
  return withMissing(refused("recipient", missing.length === 0 ? words : "nobody is there"), missing);
}

/** A text or a markdown as its sender wrote it. Buttons, lines and pictures are written as text in the body. */
function asWritten({ authored, plain }: Message): { form: "text" | "markdown"; text: string } | undefined {
  if (!authored || plain) return undefined;
  const { form, text, notes } = authored;
  return form === "text" || form === "markdown"
    ? { form, text: notes === "" ? text : `${text}\n\n${notes}` }
    : undefined;
}

/** The content to post, within DingTalk's limit of bytes. */
function contentOf({ api, form }: Config, message: Message): ChatContent {
  const title = cut(message.title.trim() || message.severity, { bytes: TITLE_BYTES });
  const written = asWritten(message);
  const body = written?.text ?? (message.body.trim() === "" ? title : message.body);
  const shown = written?.form ?? (message.plain ? "text" : form);
  const content = (text: string): ChatContent => ({ form: shown, title, text });
  const sizeOf = (text: string): number => {
    const posted = api === "v1" ? msgParamOf(content(text)) : JSON.stringify(msgOf(content(text)));
    return new TextEncoder().encode(posted).length;
  };
  return content(cut(body, { bytes: BYTES[api], measure: sizeOf }));
}
