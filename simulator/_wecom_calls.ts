/**
 * WeCom's app API, with the members and the chats of a simulated company. Refusals have HTTP 200.
 *
 * @module
 */
import { z } from "zod";
import type { Rate } from "../relay/channel.ts";
import { Budgets } from "./_budget.ts";
import type { CallContext, Calls, VendorReply } from "./_enterprise_server.ts";
import { refusal } from "./_wecom_robot.ts";

/** A member of the company. */
export interface WeComMember {
  readonly user: string;
  /** Whether they have no licence for this app. */
  readonly isUnlicensed?: boolean;
  /** Whether the app has no right to see them. */
  readonly isOutside?: boolean;
}

/** A message that a person sees. */
export interface AppMessage {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly msgtype: string;
  /** The title, for a card only. */
  readonly title: string;
  readonly text: string;
  /** The whole request. */
  readonly request: unknown;
  /** The changed content of a template card. */
  changed?: { readonly title: string; readonly text: string; readonly button: string };
}

/** A chat of an app. */
export interface AppChat {
  readonly chatid: string;
  readonly name: string;
  readonly isOurs: boolean;
  readonly users: Set<string>;
  readonly messages: AppMessage[];
  isGone: boolean;
}

/** In bytes of UTF-8: https://developer.work.weixin.qq.com/document/path/90236 */
const BYTES = { text: 2_048, markdown: 2_048, title: 128, description: 512, url: 2_048 };

/** People in one message, and in a chat. */
const PEOPLE = 1_000;
const CHAT_PEOPLE = { least: 2, most: 2_000 };

/** Messages of the app to one member; further ones are dropped without an error: the same page, and 90312. */
const MEMBER_RATES: readonly Rate[] = [{ messages: 30, per: 60_000 }, { messages: 1_000, per: 3_600_000 }];

/** The rates of a chat, whose members count one by one: https://developer.work.weixin.qq.com/document/path/90248 */
const CHAT_RATES: readonly Rate[] = [{ messages: 200, per: 60_000 }, { messages: 10_000, per: "day" }];

const words = z.string().min(1);
const users = z.array(words);
/** A template card with buttons: https://developer.work.weixin.qq.com/document/path/90236 */
const templateCard = z.strictObject({
  card_type: z.literal("button_interaction"),
  main_title: z.strictObject({ title: words, desc: words.optional() }),
  sub_title_text: words.optional(),
  card_action: z.strictObject({ type: z.literal(1), url: z.url() }).optional(),
  task_id: z.string().regex(/^[\w@-]{1,128}$/),
  button_list: z.array(z.strictObject({
    text: words,
    key: words.max(1_024),
    style: z.int().min(1).max(4),
  })).min(1).max(6),
  /** For a change only: the text of the one remaining button. */
  replace_text: words.optional(),
});
/** https://developer.work.weixin.qq.com/document/path/94888 */
const cardUpdate = z.strictObject({
  userids: z.array(words).min(1).max(1_000),
  agentid: z.number().int(),
  response_code: words,
  template_card: templateCard,
});
const contents = {
  text: z.strictObject({ content: z.string() }).optional(),
  markdown: z.strictObject({ content: z.string() }).optional(),
  textcard: z.strictObject({ title: words, description: words, url: z.url(), btntxt: words.optional() })
    .optional(),
  template_card: templateCard.optional(),
  msgtype: words,
  safe: z.union([z.literal(0), z.literal(1)]).optional(),
};
const send = z.strictObject({
  ...contents,
  touser: words,
  agentid: z.number().int(),
  enable_duplicate_check: z.union([z.literal(0), z.literal(1)]).optional(),
  duplicate_check_interval: z.number().int().max(14_400).optional(),
});
const chatSend = z.strictObject({ ...contents, chatid: words });
const create = z.strictObject({
  name: words.max(50).optional(),
  owner: words.optional(),
  userlist: users,
  chatid: z.string().regex(/^[0-9a-zA-Z]{1,32}$/).optional(),
});
const update = z.strictObject({
  chatid: words,
  add_user_list: users.optional(),
  del_user_list: users.optional(),
});

const OK = { errcode: 0, errmsg: "ok" };

/** A company: the messages that its members and chats have received. */
export class WeComCompany {
  readonly chats: AppChat[] = [];
  readonly #members = new Map<string, WeComMember>();
  readonly #inboxes = new Map<string, AppMessage[]>();
  readonly #sent = new Map<string, number>();
  /** The task of each card that can be changed, by its code. */
  readonly #codes = new Map<string, string>();
  readonly #budgets = new Budgets(MEMBER_RATES);
  readonly #chatBudgets = new Budgets(CHAT_RATES);
  readonly #agentid: number;

  constructor(members: readonly WeComMember[], { agentid }: { agentid: number }) {
    this.#agentid = agentid;
    for (const member of members) this.join(member);
  }

  /** Adds a person to the company. */
  join(member: WeComMember): void {
    this.#members.set(member.user.toLowerCase(), member);
  }

  /** Removes a person from the company. */
  leave(user: string): void {
    this.#members.delete(user.toLowerCase());
    for (const { users } of this.chats) users.delete(user);
  }

  /** The messages of the app to a person. */
  inbox(user: string): readonly AppMessage[] {
    return this.#inboxes.get(user.toLowerCase()) ?? [];
  }

  /** A chat of another app. */
  foreignChat(): AppChat {
    return this.#open({ chatid: `foreign${this.chats.length}`, name: "x", users: [], isOurs: false });
  }

  /** The calls, after the token was checked. */
  calls(): Calls {
    return {
      "POST /cgi-bin/message/send": (context) => this.#send(context),
      "POST /cgi-bin/message/update_template_card": (context) => this.#change(context),
      "GET /cgi-bin/user/get": ({ query }) => {
        const member = this.#find(query.get("userid") ?? "");
        if (member === undefined) return no(60111, "userid not found");
        return member.isOutside
          ? no(60011, "no privilege to access")
          : yes({ userid: member.user, status: 1 });
      },
      "POST /cgi-bin/appchat/create": ({ json }) => {
        const { data, error } = create.safeParse(json);
        if (data === undefined) return wrongShape(error);
        const { userlist, owner = userlist[0], name = "", chatid = `chat${this.chats.length + 1}` } = data;
        const count = new Set(userlist).size;
        if (count < CHAT_PEOPLE.least || count > CHAT_PEOPLE.most) {
          return no(86006, "invalid chat member count");
        }
        if (!this.#hasAll(userlist)) return no(60111, "userid not found");
        if (!userlist.includes(owner!)) return no(86224, "owner not in the userlist");
        if (this.chats.some((chat) => chat.chatid === chatid)) return no(86215, "chatid already exists");
        return yes({ chatid: this.#open({ chatid, name, users: userlist, isOurs: true }).chatid });
      },
      "POST /cgi-bin/appchat/update": ({ json }) => {
        const { data, error } = update.safeParse(json);
        if (data === undefined) return wrongShape(error);
        const { chatid, add_user_list = [], del_user_list = [] } = data;
        const chat = this.#chat(chatid);
        if (!("users" in chat)) return chat;
        if (!this.#hasAll(add_user_list)) return no(60111, "userid not found");
        add_user_list.forEach((user) => chat.users.add(user));
        del_user_list.forEach((user) => chat.users.delete(user));
        return yes();
      },
      "POST /cgi-bin/appchat/send": ({ json, now }) => {
        const { data, error } = chatSend.safeParse(json);
        if (data === undefined) return wrongShape(error);
        const shown = shownOf(data);
        if (!("text" in shown)) return shown;
        const chat = this.#chat(data.chatid);
        if (!("users" in chat)) return chat;
        // A member over the limit does not see it; the chat shows messages that at least one member sees.
        const readers = [...chat.users].filter((user) => !this.#chatBudgets.refuse(user.toLowerCase(), now));
        if (readers.length === 0) return yes();
        chat.messages.push({ at: now, msgtype: data.msgtype, ...shown, request: json });
        return yes();
      },
    };
  }

  #send({ json, now }: CallContext): VendorReply {
    const { data, error } = send.safeParse(json);
    if (data === undefined) return wrongShape(error);
    if (data.agentid !== this.#agentid) return no(40056, "invalid agentid");
    const shown = shownOf(data);
    if (!("text" in shown)) return shown;
    const named = data.touser === "@all" ? [...this.#members.keys()] : data.touser.split("|");
    if (named.length > PEOPLE) return no(40032, "invalid userid list size");
    const found = named.map((user) => ({ user, member: this.#find(user) }));
    const isInvalid = (member: WeComMember | undefined): boolean =>
      member === undefined || member.isOutside === true;
    const invalid = found.filter(({ member }) => isInvalid(member)).map(({ user }) => user);
    const unlicensed = found.filter(({ member }) => member?.isUnlicensed).map(({ user }) => user);
    const reached = found.filter(({ member }) => !isInvalid(member) && !member?.isUnlicensed);
    if (invalid.length === named.length) return no(81013, "user & party & tag all invalid");

    const lists = {
      invaliduser: invalid.join("|").toLowerCase(), // as WeCom does
      invalidparty: "",
      invalidtag: "",
      unlicenseduser: unlicensed.join("|").toLowerCase(),
    };
    if (!this.#isRepeat(data, json, now)) {
      for (const { user } of reached) {
        this.#deliver(user, { at: now, msgtype: data.msgtype, ...shown, request: json });
      }
    }
    const msgid = `msg${this.#sent.size}`;
    if (data.template_card === undefined) return yes({ ...lists, msgid });
    const response_code = `r-${data.template_card.task_id}`;
    this.#codes.set(response_code, data.template_card.task_id);
    return yes({ ...lists, msgid, response_code });
  }

  /** A code changes a card once. */
  #change({ json }: CallContext): VendorReply {
    const { data, error } = cardUpdate.safeParse(json);
    if (data === undefined) return wrongShape(error);
    if (data.agentid !== this.#agentid) return no(40056, "invalid agentid");
    const task = this.#codes.get(data.response_code);
    if (task === undefined) return no(42014, "invalid response_code"); // assumed: the page lists no codes
    this.#codes.delete(data.response_code);
    const { main_title: { desc = "" }, replace_text = "", sub_title_text = "", main_title: { title } } =
      data.template_card;
    for (const user of data.userids) {
      const card = this.inbox(user).find(({ request }) => JSON.stringify(request).includes(task));
      if (card) card.changed = { title, text: [desc, sub_title_text].join("\n"), button: replace_text };
    }
    return yes({ invaliduser: [] });
  }

  #isRepeat(data: z.output<typeof send>, json: unknown, now: number): boolean {
    if (data.enable_duplicate_check !== 1) return false;
    const { duplicate_check_interval: seconds = 1_800 } = data;
    const key = JSON.stringify(json);
    const before = this.#sent.get(key);
    if (before !== undefined && now - before < seconds * 1_000) return true;
    this.#sent.set(key, now);
    return false;
  }

  #deliver(user: string, message: AppMessage): void {
    const key = user.toLowerCase();
    if (this.#budgets.refuse(key, message.at)) return;
    this.#inboxes.set(key, [...this.inbox(key), message]);
  }

  #find(user: string): WeComMember | undefined {
    return this.#members.get(user.toLowerCase());
  }

  #hasAll(users: readonly string[]): boolean {
    return users.every((user) => this.#find(user) !== undefined && !this.#find(user)!.isOutside);
  }

  #open(
    { users, ...chat }: Pick<AppChat, "chatid" | "name" | "isOurs"> & { users: readonly string[] },
  ): AppChat {
    const opened: AppChat = { ...chat, users: new Set(users), messages: [], isGone: false };
    this.chats.push(opened);
    return opened;
  }

  #chat(chatid: string): AppChat | VendorReply {
    const chat = this.chats.find((chat) => chat.chatid === chatid);
    if (chat === undefined || chat.isGone) return no(86003, "chatid does not exist");
    return chat.isOurs ? chat : no(86001, "invalid chatid");
  }
}

/** A refusal. */
export function no(errcode: number, errmsg: string): VendorReply {
  return { json: refusal(errcode, errmsg) };
}

function yes(fields: object = {}): VendorReply {
  return { json: { ...OK, ...fields } };
}

function wrongShape(error: z.ZodError): VendorReply {
  const { path, message } = error.issues[0]!;
  return no(40058, `invalid parameter ${path.join(".")}: ${message}`);
}

function shownOf(
  { msgtype, text, markdown, textcard, template_card }: {
    msgtype: string;
    template_card?: z.output<typeof templateCard> | undefined;
    text?: { content: string } | undefined;
    markdown?: { content: string } | undefined;
    textcard?: { title: string; description: string; url: string } | undefined;
  },
): { title: string; text: string } | VendorReply {
  if (msgtype === "textcard" && textcard !== undefined) {
    const { title, description, url } = textcard;
    const isTooLong = bytesOf(title) > BYTES.title || bytesOf(description) > BYTES.description ||
      bytesOf(url) > BYTES.url;
    return isTooLong ? no(45002, "content size out of limit") : { title, text: description };
  }
  if (msgtype === "template_card" && template_card !== undefined) {
    const { main_title: { title, desc = "" }, sub_title_text = "" } = template_card;
    return { title, text: [desc, sub_title_text].filter((line) => line !== "").join("\n") };
  }
  const content = msgtype === "text" ? text?.content : msgtype === "markdown" ? markdown?.content : undefined;
  if (content === undefined) return no(40008, "invalid message type");
  if (content.trim() === "") return no(44004, "empty content");
  const most = BYTES[msgtype as "text" | "markdown"];
  // The real WeCom truncates a long text silently; tests would not notice that.
  return bytesOf(content) > most ? no(45002, "content size out of limit") : { title: "", text: content };
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
