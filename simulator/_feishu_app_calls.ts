/**
 * The calls of Feishu's open API that send, answer and change messages of an app, with Feishu's own codes for
 * refusals.
 *
 * Sources: https://open.feishu.cn/document/server-docs/im-v1/message/create, …/message/reply, …/message-card/patch
 * and …/buzz-messages/urgent_app.
 *
 * @module
 */
import { z } from "zod";
import { Budgets } from "./_budget.ts";
import type { CallContext, VendorReply } from "./_enterprise_server.ts";
import { cardSchema } from "./_feishu_card.ts";

/** A group with the app's bot, or without. */
export interface FeishuChatSetup {
  readonly id: string;
  /** Open ids and user ids of its members. */
  readonly members?: readonly string[];
  /** Default true. */
  readonly hasBot?: boolean;
}

/** A member who got an urgent notification. */
export interface FeishuUrgent {
  readonly way: "app" | "sms" | "phone";
  readonly users: readonly string[];
}

/** A message as the group sees it. */
export interface FeishuMessage {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly chat: string;
  readonly type: "interactive" | "text";
  /** The message that it replies to. */
  readonly parent?: string;
  /** The current content; for a card, the whole card. */
  content: unknown;
  /** The earlier contents, the oldest first. */
  readonly history: unknown[];
  readonly urgents: FeishuUrgent[];
  isRecalled: boolean;
}

/** The part of the setup that calls need. */
export interface FeishuCallSetup {
  readonly chats: readonly FeishuChatSetup[];
  /** Urgent messages of each way that the company still has; default: no limit. */
  readonly urgentQuota: Partial<Record<FeishuUrgent["way"], number>>;
}

/** The most bytes of a card: the pages above. */
const CARD_BYTES = 30_000;
const TEXT_BYTES = 150_000;
const EDITABLE = 14 * 24 * 3_600_000;
const RATES = [{ messages: 5, per: 1_000 }];
const UUID_LIFE = 3_600_000;

const words = z.string().min(1);
const content = {
  msg_type: z.enum(["interactive", "text"]),
  content: words,
  uuid: z.string().min(1).max(50).optional(),
};
const create = z.strictObject({ receive_id: words, ...content });
const reply = z.strictObject(content);
const patch = z.strictObject({ content: words });
const urgent = z.strictObject({ user_id_list: z.array(words).min(1).max(200) });

const shared = z.strictObject({ wide_screen_mode: z.boolean(), update_multi: z.literal(true) });
const single = z.strictObject({ wide_screen_mode: z.boolean() });
const CARD = cardSchema(z.union([shared, single]));
const TEXT = z.strictObject({ text: words });

/** A refusal of the open API. */
export function refusal(code: number, msg: string, status = 400): VendorReply {
  return { status, json: { code, msg, error: { log_id: "20260301000000000000000000000000" } } };
}

const INVALID = (ext: string): VendorReply =>
  refusal(230001, `Your request contains an invalid request parameter, ext=${ext}.`);

/** The messages of an app, and its urgent notifications. */
export class FeishuMessages {
  /** The messages in order. */
  readonly messages: FeishuMessage[] = [];
  readonly #setup: FeishuCallSetup;
  readonly #budgets = new Budgets(RATES);
  readonly #byUuid = new Map<string, { message: FeishuMessage; at: number }>();
  readonly #urgentLeft: Record<FeishuUrgent["way"], number>;

  constructor(setup: FeishuCallSetup) {
    this.#setup = setup;
    this.#urgentLeft = { app: Infinity, sms: Infinity, phone: Infinity, ...setup.urgentQuota };
  }

  /** A message of this app. */
  find(id: string): FeishuMessage | undefined {
    return this.messages.find((message) => message.id === id);
  }

  /** `POST /im/v1/messages` */
  create({ json, query, now }: CallContext): VendorReply {
    if (query.get("receive_id_type") !== "chat_id") return INVALID("invalid receive_id_type");
    const { data } = create.safeParse(json);
    if (data === undefined) return INVALID("invalid body");
    return this.#post({ ...data, chat: data.receive_id }, now);
  }

  /** `POST /im/v1/messages/:id/reply` */
  reply(id: string, { json, now }: CallContext): VendorReply {
    const parent = this.find(id);
    const { data } = reply.safeParse(json);
    if (parent === undefined) return INVALID("invalid message_id");
    if (data === undefined) return INVALID("invalid body");
    if (parent.isRecalled) return refusal(230011, "The message is recalled.");
    return this.#post({ ...data, chat: parent.chat, parent: id }, now);
  }

  /** `PATCH /im/v1/messages/:id` */
  edit(id: string, { json, now }: CallContext): VendorReply {
    const message = this.find(id);
    const { data } = patch.safeParse(json);
    if (message === undefined) return INVALID("invalid message_id");
    if (data === undefined || message.type !== "interactive") return INVALID("invalid body");
    if (message.isRecalled) return refusal(230011, "The message is recalled.");
    if (now - message.at > EDITABLE) {
      return refusal(230031, "Message can only be modified within 14 days after sending.");
    }
    if (this.#budgets.refuse(id, now)) return refusal(230020, "This operation triggers the frequency limit.");
    const read = contentIn("interactive", data.content);
    if (!("content" in read)) return read;
    const isShared = (card: unknown): boolean =>
      shared.safeParse((card as { config: unknown }).config).success;
    if (!isShared(message.content) || !isShared(read.content)) {
      return refusal(230099, "Failed to create card content, ext=update_multi is not declared.");
    }
    message.history.push(message.content);
    message.content = read.content;
    return { json: { code: 0, msg: "success", data: {} } };
  }

  /** `PATCH /im/v1/messages/:id/urgent_…` */
  urge(id: string, way: FeishuUrgent["way"], { json, query }: CallContext): VendorReply {
    const message = this.find(id);
    const { data } = urgent.safeParse(json);
    const type = query.get("user_id_type") ?? "open_id";
    if (message === undefined) return INVALID("invalid message_id");
    if (data === undefined) return INVALID("invalid body");
    const isOfType = (user: string): boolean =>
      type === (user.startsWith("ou_") ? "open_id" : user.startsWith("on_") ? "union_id" : "user_id");
    if (!data.user_id_list.every(isOfType)) return INVALID("invalid user_id");
    if (this.#urgentLeft[way] < data.user_id_list.length) {
      return refusal(230024, "Reach the upper limit of urgent message.");
    }
    const { members = [] } = this.#setup.chats.find(({ id }) => id === message.chat)!;
    const users = data.user_id_list.filter((user) => members.includes(user));
    this.#urgentLeft[way] -= users.length;
    message.urgents.push({ way, users });
    const invalid = data.user_id_list.filter((user) => !members.includes(user));
    return { json: { code: 0, msg: "success", data: { invalid_user_id_list: invalid } } };
  }

  #post(
    { chat, msg_type: type, content: text, uuid, parent }: {
      chat: string;
      msg_type: FeishuMessage["type"];
      content: string;
      uuid?: string | undefined;
      parent?: string;
    },
    now: number,
  ): VendorReply {
    const setup = this.#setup.chats.find(({ id }) => id === chat);
    if (setup === undefined) return INVALID("invalid receive_id");
    if (setup.hasBot === false) return refusal(230002, "The bot can not be outside the group.");
    if (this.#budgets.refuse(chat, now)) {
      return refusal(230020, "This operation triggers the frequency limit.");
    }
    const known = uuid === undefined ? undefined : this.#byUuid.get(uuid);
    if (known !== undefined && now - known.at < UUID_LIFE) return posted(known.message);
    const read = contentIn(type, text);
    if (!("content" in read)) return read;
    const message: FeishuMessage = {
      id: `om_${this.messages.length + 1}`,
      at: now,
      chat,
      type,
      ...parent === undefined ? {} : { parent },
      content: read.content,
      history: [],
      urgents: [],
      isRecalled: false,
    };
    this.messages.push(message);
    if (uuid !== undefined) this.#byUuid.set(uuid, { message, at: now });
    return posted(message);
  }
}

function posted({ id, chat, type }: FeishuMessage): VendorReply {
  return { json: { code: 0, msg: "success", data: { message_id: id, chat_id: chat, msg_type: type } } };
}

/** The content, which is JSON in a string. */
function contentIn(type: FeishuMessage["type"], text: string): { content: unknown } | VendorReply {
  const most = type === "text" ? TEXT_BYTES : CARD_BYTES;
  if (new TextEncoder().encode(text).length > most) {
    return refusal(230025, "The length of the message content reaches its limit.");
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return INVALID("content is not a string in json format");
  }
  const { data } = (type === "text" ? TEXT : CARD).safeParse(json);
  if (data !== undefined) return { content: data };
  return type === "text" ? INVALID("invalid content") : refusal(230099, "Failed to create card content.");
}
