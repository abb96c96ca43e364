/**
 * DingTalk's legacy enterprise API, on oapi.dingtalk.com: refusals have HTTP 200.
 *
 * @module
 */
import { z } from "zod";
import { type Chat, type Company, PEOPLE } from "./_dingtalk_chats.ts";
import type { CallContext, Calls, VendorReply } from "./_enterprise_server.ts";

/** The most bytes of `msg`: https://open.dingtalk.com/document/orgapp/send-group-messages */
const MSG_BYTES = 2_048;

const words = z.string().trim().min(1);
const users = z.array(words).min(1);

const create = z.strictObject({ name: words.max(20), owner: words, useridlist: users });
const update = z.strictObject({
  chatid: words,
  add_useridlist: users.optional(),
  del_useridlist: users.optional(),
});
const send = z.strictObject({
  chatid: words,
  msg: z.discriminatedUnion("msgtype", [
    z.strictObject({ msgtype: z.literal("text"), text: z.strictObject({ content: words }) }),
    z.strictObject({
      msgtype: z.literal("markdown"),
      markdown: z.strictObject({ title: words, text: words }),
    }),
  ]),
});

/** A refusal of the legacy kind. */
export function legacyRefusal(errcode: number, errmsg: string, more: object = {}): VendorReply {
  return { json: { errcode, errmsg, ...more } };
}

/** The legacy calls, after the token was checked. */
export function legacyCalls(company: Company): Calls {
  return {
    "POST /topapi/v2/user/getbymobile": parsed(z.strictObject({ mobile: words }), ({ mobile }) => {
      const staff = company.findByMobile(mobile);
      return staff === undefined
        ? legacyRefusal(60121, "找不到该用户")
        : done({ result: { userid: staff.user, exclusive_account_userid_list: [] } });
    }),
    "POST /topapi/v2/user/get": parsed(z.strictObject({ userid: words }), ({ userid }) => {
      const staff = company.find(userid);
      if (staff === undefined) return legacyRefusal(33012, "无效的USERID");
      if (staff.isOutside) return legacyRefusal(50002, "请求的员工userid不在授权范围内");
      return done({ result: { userid, active: true } });
    }),
    "POST /chat/create": parsed(create, ({ name, owner, useridlist }) => {
      if (useridlist.length > PEOPLE) return legacyRefusal(40032, "不合法的UserID列表长度");
      if (!useridlist.includes(owner)) return legacyRefusal(49009, "owner不在useridlist中");
      if (!company.hasAll(useridlist)) return legacyRefusal(40031, "不合法的UserID列表");
      const chat = company.open({ name, owner, users: useridlist, isScene: false });
      return done({ chatid: chat.chatid, openConversationId: chat.id, conversationTag: 2 });
    }),
    "POST /chat/update": parsed(update, ({ chatid, add_useridlist = [], del_useridlist = [] }) => {
      const chat = chatOf(company, chatid);
      if (!("users" in chat)) return chat;
      if (Math.max(add_useridlist.length, del_useridlist.length) > PEOPLE) {
        return legacyRefusal(40032, "不合法的UserID列表长度");
      }
      if (!company.hasAll(add_useridlist)) return legacyRefusal(40031, "不合法的UserID列表");
      if (del_useridlist.includes(chat.owner)) return legacyRefusal(49015, "不能删除群主");
      if (!del_useridlist.every((user) => chat.users.has(user))) return legacyRefusal(60124, "不在此群中");
      add_useridlist.forEach((user) => chat.users.add(user));
      del_useridlist.forEach((user) => chat.users.delete(user));
      return done({});
    }),
    "GET /chat/get": ({ query }) => {
      const chat = company.chat(query.get("chatid") ?? "");
      if (chat === undefined || !chat.isOurs) return legacyRefusal(40016, "不合法的chatid");
      const { name, owner, isDissolved } = chat;
      return done({ chat_info: { name, owner, useridlist: [...chat.users], status: isDissolved ? 2 : 1 } });
    },
    "POST /chat/send": (context) => sendTo(company, context),
  };
}

function sendTo(company: Company, { json, now }: CallContext): VendorReply {
  const { data, error } = send.safeParse(json);
  if (error !== undefined) return shapeRefusalOf(error);
  const { msg } = data;
  const bytes = new TextEncoder().encode(JSON.stringify(msg)).length;
  if (bytes > MSG_BYTES) return legacyRefusal(34016, "消息内容过长");
  const chat = chatOf(company, data.chatid);
  if (!("users" in chat)) return chat;
  const shown = msg.msgtype === "text" ? { title: "", text: msg.text.content } : msg.markdown;
  company.post(chat, { at: now, form: msg.msgtype, ...shown });
  return done({ messageId: `msg${chat.messages.length}` });
}

function chatOf(company: Company, chatid: string): Chat | VendorReply {
  const chat = company.chats.find((chat) => chat.chatid === chatid);
  if (chat === undefined) return legacyRefusal(34001, "无效的会话id");
  if (!chat.isOurs) return legacyRefusal(43007, "需要授权");
  return chat.isDissolved ? legacyRefusal(34013, "会话消息的conversation未找到") : chat;
}

function parsed<S extends z.ZodType>(schema: S, take: (data: z.output<S>) => VendorReply): Calls[string] {
  return ({ json }) => {
    const { data, error } = schema.safeParse(json);
    return error === undefined ? take(data) : shapeRefusalOf(error);
  };
}

function shapeRefusalOf(error: z.ZodError): VendorReply {
  const { path, message } = error.issues[0]!;
  return legacyRefusal(40035, `不合法的参数 ${path.join(".")}: ${message}`);
}

function done(fields: object): VendorReply {
  return { json: { errcode: 0, errmsg: "ok", ...fields } };
}
