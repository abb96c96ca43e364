/**
 * DingTalk's v1.0 API, on api.dingtalk.com: a refusal has an HTTP status and a textual code.
 *
 * @module
 */
import { z } from "zod";
import { type Chat, type Company, PEOPLE } from "./_dingtalk_chats.ts";
import { Budget } from "./_budget.ts";
import type { CallContext, Calls, VendorReply } from "./_enterprise_server.ts";

/** The most bytes of `msgParam`: https://open.dingtalk.com/document/orgapp/the-robot-sends-a-group-message */
const PARAM_BYTES = 15_000;

/** Messages a minute in a chat, as for every robot. */
const RATE = { messages: 20, per: 60_000 };

const words = z.string().trim().min(1);
const users = z.array(words).min(1);

/** https://open.dingtalk.com/document/development/create-a-scene-group */
const create = z.strictObject({
  title: words.max(30),
  template_id: words,
  owner_user_id: words,
  user_ids: users.optional(),
  uuid: words.optional(),
});
const change = z.strictObject({ open_conversation_id: words, user_ids: users });
const send = z.strictObject({
  robotCode: words,
  openConversationId: words,
  msgKey: words,
  msgParam: z.string(),
});

const PARAMS = {
  sampleText: z.strictObject({ content: words }),
  sampleMarkdown: z.strictObject({ title: words, text: words }),
};

/** A refusal of the v1.0 kind. */
export function v1Refusal(code: string, message: string, status = 400): VendorReply {
  return { status, json: { code, message, requestid: "0A1B2C3D-0000-0000-0000-000000000000" } };
}

const INVALID = v1Refusal("parameter.invalid", "输入参数错误");

/** The v1.0 calls, after the token was checked. */
export function v1Calls(
  company: Company,
  { robotCode, templateId }: { robotCode: string; templateId: string },
): Calls {
  const budgets = new Map<Chat, Budget>();

  /** An id may belong to another app, and is then unknown. */
  const sceneOf = (id: string): Chat | VendorReply => {
    const chat = company.chats.find((chat) => chat.id === id);
    if (chat === undefined || !chat.isOurs || !chat.isScene) {
      return v1Refusal("invalid.openConversationId", "openConversationId不合法");
    }
    return chat.isDissolved ? v1Refusal("group.disbanded", "群已解散") : chat;
  };

  const members =
    (take: (chat: Chat, users: readonly string[]) => VendorReply): Calls[string] => ({ json }) => {
      const { data } = change.safeParse(json);
      if (data === undefined || data.user_ids.length > PEOPLE) return INVALID;
      const chat = sceneOf(data.open_conversation_id);
      return "users" in chat ? take(chat, data.user_ids) : chat;
    };

  return {
    "POST /v1.0/im/sceneGroup/create": ({ json }) => {
      const { data } = create.safeParse(json);
      if (data === undefined) return INVALID;
      const { title, template_id, owner_user_id: owner, user_ids = [], uuid } = data;
      if (user_ids.length > PEOPLE) return v1Refusal("member.exceed", "群成员数量超出限制");
      if (template_id !== templateId) return v1Refusal("groupTemplate.notFound", "群模板不存在或者已下线");
      if (company.find(owner) === undefined) return v1Refusal("member.notFound", "不存在的员工");
      if (!company.hasAll([owner])) return v1Refusal("permession.checkFailed", "群主不在应用可见性内");
      if (!company.hasAll(user_ids)) return INVALID;
      const chat = company.open({ name: title, owner, users: user_ids, uuid });
      return { json: { open_conversation_id: chat.id, chat_id: chat.chatid } };
    },
    "POST /v1.0/im/sceneGroup/member/add": members((chat, users) => {
      if (!company.hasAll(users)) return INVALID;
      users.forEach((user) => chat.users.add(user));
      return { json: { success: true } };
    }),
    "POST /v1.0/im/sceneGroup/member/delete": members((chat, users) => {
      if (users.includes(chat.owner) || !users.every((user) => chat.users.has(user))) return INVALID;
      users.forEach((user) => chat.users.delete(user));
      return { json: { success: true } };
    }),
    "POST /v1.0/robot/groupMessages/send": ({ json, now }: CallContext) => {
      const { data, error } = send.safeParse(json);
      if (data === undefined) {
        return v1Refusal(`miss.param.${String(error.issues[0]!.path[0] ?? "body")}`, "缺少参数");
      }
      if (data.robotCode !== robotCode) {
        return v1Refusal("invalidParameter.robotCode.notExsit", "robotCode不存在");
      }
      const chat = sceneOf(data.openConversationId);
      if (!("users" in chat)) return chat;
      const { msgKey, msgParam } = data;
      if (!Object.hasOwn(PARAMS, msgKey)) return v1Refusal("invalidParameter.msgKey.invalid", "msgKey不合法");
      if (new TextEncoder().encode(msgParam).length > PARAM_BYTES) {
        return v1Refusal("invalidParameter.msgParam.tooLong", "msgParam过长");
      }
      const param = shownIn(msgKey as keyof typeof PARAMS, msgParam);
      if (param === undefined) return v1Refusal("invalidParameter.msgParam.invalid", "msgParam不合法");
      if (!budgets.has(chat)) budgets.set(chat, new Budget([RATE]));
      if (budgets.get(chat)!.refuse(now)) return v1Refusal("send.too.fast", "发送速度太快");
      company.post(chat, { at: now, form: msgKey === "sampleText" ? "text" : "markdown", ...param });
      return { json: { processQueryKey: `key${chat.messages.length}` } };
    },
  };
}

function shownIn(key: keyof typeof PARAMS, param: string): { title: string; text: string } | undefined {
  let json: unknown;
  try {
    json = JSON.parse(param);
  } catch {
    return undefined;
  }
  const { data } = PARAMS[key].safeParse(json);
  if (data === undefined) return undefined;
  return "content" in data ? { title: "", text: data.content } : data;
}
