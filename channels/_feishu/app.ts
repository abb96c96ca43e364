/**
 * The part of Feishu's open API that sends messages to a chat.
 *
 * @module
 */
import type { ChannelRequest } from "../../relay/channel.ts";
import { fieldsOf } from "../_answers/json.ts";
import { type CallResult, type Conversation, keyOf, type TokenSource } from "../_enterprise/conversation.ts";
import { readApp } from "./app_answer.ts";

/** The credentials of the app, and the address of the server. */
export interface AppCredentials {
  readonly appId: string;
  readonly appSecret: string;
  readonly base: string;
}

/** A message of one of Feishu's types. */
export interface Content {
  readonly type: "interactive" | "text";
  readonly content: unknown;
}

/** The ways of an urgent notification, the loudest first. */
export const URGENT_WAYS = ["phone", "sms", "app"] as const;

/** A way of an urgent notification. */
export type UrgentWay = typeof URGENT_WAYS[number];

/** The kinds of a user's id. */
export type UserIdType = "open_id" | "union_id" | "user_id";

/** The calls of one conversation. */
export class FeishuApp {
  readonly #app: AppCredentials;
  readonly #conversation: Conversation;

  constructor(app: AppCredentials, conversation: Conversation) {
    this.#app = app;
    this.#conversation = conversation;
  }

  /** Posts to a chat: https://open.feishu.cn/document/server-docs/im-v1/message/create. `uuid`: at most 50 characters. */
  post(chat: string, { type, content }: Content, uuid: string): Promise<CallResult> {
    return this.#call("POST", "/im/v1/messages?receive_id_type=chat_id", {
      receive_id: chat,
      msg_type: type,
      content: JSON.stringify(content),
      uuid,
    });
  }

  /** Replies to a message: https://open.feishu.cn/document/server-docs/im-v1/message/reply */
  reply(message: string, { type, content }: Content, uuid: string): Promise<CallResult> {
    return this.#call("POST", `/im/v1/messages/${encodeURIComponent(message)}/reply`, {
      msg_type: type,
      content: JSON.stringify(content),
      uuid,
    });
  }

  /** Replaces a card: https://open.feishu.cn/document/server-docs/im-v1/message-card/patch */
  edit(message: string, card: unknown): Promise<CallResult> {
    return this.#call("PATCH", `/im/v1/messages/${encodeURIComponent(message)}`, {
      content: JSON.stringify(card),
    });
  }

  /**
   * Sends an urgent notification of a message:
   * https://open.feishu.cn/document/server-docs/im-v1/buzz-messages/urgent_app
   */
  urge(
    message: string,
    { way, type, users }: { way: UrgentWay; type: UserIdType; users: readonly string[] },
  ): Promise<CallResult> {
    return this.#call(
      "PATCH",
      `/im/v1/messages/${encodeURIComponent(message)}/urgent_${way}?user_id_type=${type}`,
      { user_id_list: users },
    );
  }

  /** The open ids of people: https://open.feishu.cn/document/server-docs/contact-v3/user/batch_get_id */
  idsOf(
    { emails, mobiles }: { emails: readonly string[]; mobiles: readonly string[] },
  ): Promise<CallResult> {
    return this.#call("POST", "/contact/v3/users/batch_get_id?user_id_type=open_id", {
      ...emails.length === 0 ? {} : { emails },
      ...mobiles.length === 0 ? {} : { mobiles },
    });
  }

  #call(method: "POST" | "PATCH", path: string, json: unknown): Promise<CallResult> {
    const { now } = this.#conversation.tools;
    return this.#conversation.call(
      this.#token(),
      (token): ChannelRequest => ({
        method,
        url: `${this.#app.base}/open-apis${path}`,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json; charset=utf-8" },
        json,
      }),
      (response) => readApp(response, { now }),
    );
  }

  /** https://open.feishu.cn/document/server-docs/authentication-management/access-token/tenant_access_token_internal */
  #token(): TokenSource {
    const { appId, appSecret, base } = this.#app;
    return {
      key: `token ${keyOf(base, appId, appSecret)}`,
      request: {
        url: `${this.#app.base}/open-apis/auth/v3/tenant_access_token/internal`,
        json: { app_id: appId, app_secret: appSecret },
      },
      read: (response) => {
        const got = readApp(response, { now: this.#conversation.tools.now });
        if (got.ok) return { token: got.json.tenant_access_token, seconds: got.json.expire };
        return got.verdict.kind === "refused" ? { ...got.verdict, what: "config" } : got.verdict;
      },
    };
  }
}

/** The id of the message that a call created. */
export function messageIdOf({ data }: Readonly<Record<string, unknown>>): string | undefined {
  const { message_id: id } = fieldsOf(data);
  return typeof id === "string" && id !== "" ? id : undefined;
}

/** The kind of a user's id. */
export function idTypeOf(user: string): UserIdType {
  if (user.startsWith("ou_")) return "open_id";
  return user.startsWith("on_") ? "union_id" : "user_id";
}
