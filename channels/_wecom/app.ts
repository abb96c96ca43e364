/**
 * The part of WeCom's app APIs that sends messages to members and to a chat.
 *
 * @module
 */
import type { Verdict } from "../../relay/channel.ts";
import type { ChatApi, Created } from "../_enterprise/chat_group.ts";
import {
  type CallResult,
  type Conversation,
  failure,
  keyOf,
  type TokenSource,
} from "../_enterprise/conversation.ts";
import { readWeCom } from "./app_answer.ts";

/** The credentials of the app, and the address of the server. */
export interface WeComApp {
  readonly corpid: string;
  readonly secret: string;
  readonly base: string;
}

/** A change of a template card. */
export interface CardUpdate {
  readonly userids: readonly string[];
  readonly agentid: number;
  readonly response_code: string;
  readonly template_card: Readonly<Record<string, unknown>>;
}

/** The limits of a chat's members: https://developer.work.weixin.qq.com/document/path/90245 */
export const CHAT_PEOPLE = { least: 2, most: 2_000 };

/** The calls of one conversation. */
export class WeCom {
  readonly #app: WeComApp;
  readonly #conversation: Conversation;

  constructor(app: WeComApp, conversation: Conversation) {
    this.#app = app;
    this.#conversation = conversation;
  }

  /** https://developer.work.weixin.qq.com/document/path/90236 */
  send(message: unknown): Promise<CallResult> {
    return this.#post("/cgi-bin/message/send", message);
  }

  /** Changes a template card. Each code works once: https://developer.work.weixin.qq.com/document/path/94888 */
  async updateCard(card: CardUpdate): Promise<CallResult> {
    const changed = await this.#post("/cgi-bin/message/update_template_card", card);
    // Assumed: the page lists no error for a code that is used or expired.
    const isGone = !changed.ok && changed.verdict.kind === "refused" && changed.verdict.what === "payload";
    return isGone ? failure(changed.verdict, "chat") : changed;
  }

  /** Chats of the app, each with an id of our own: a retry after a lost answer creates no second chat. */
  chats({ name, key, message }: { name: string; key: string; message: object }): ChatApi {
    return {
      most: CHAT_PEOPLE.most,
      // https://developer.work.weixin.qq.com/document/path/90245
      create: async (userlist, { owner, generation }): Promise<Created> => {
        const chatid = `fh${keyOf(key, String(generation)).slice(0, 30)}`;
        const made = await this.#post("/cgi-bin/appchat/create", { name, owner, userlist, chatid });
        if (made.ok) return { ok: true, id: String(made.json.chatid || chatid) };
        return isThereAlready(made.verdict) ? { ok: true, id: chatid } : made;
      },
      // https://developer.work.weixin.qq.com/document/path/90246
      add: (chatid, users) => this.#post("/cgi-bin/appchat/update", { chatid, add_user_list: users }),
      remove: (chatid, users) => this.#post("/cgi-bin/appchat/update", { chatid, del_user_list: users }),
      look: (user) => this.#look(user),
      // https://developer.work.weixin.qq.com/document/path/90248
      post: (chatid) => this.#post("/cgi-bin/appchat/send", { chatid, ...message }),
    };
  }

  /** https://developer.work.weixin.qq.com/document/path/90196 */
  async #look(user: string): Promise<CallResult> {
    const path = `/cgi-bin/user/get?userid=${encodeURIComponent(user)}`;
    const { now } = this.#conversation.tools;
    const look = await this.#conversation.call(
      this.#token(),
      (token) => ({
        method: "GET",
        url: `${this.#app.base}${path}&access_token=${encodeURIComponent(token)}`,
      }),
      (response) => readWeCom(response, { now }),
    );
    // 1: active. 2: disabled, 4: has not logged in yet, 5: has left.
    return look.ok && look.json.status === 5
      ? failure({ kind: "refused", what: "recipient", because: "has left" }, "people")
      : look;
  }

  #post(path: string, json: unknown): Promise<CallResult> {
    const { now } = this.#conversation.tools;
    return this.#conversation.call(
      this.#token(),
      (token) => ({ url: `${this.#app.base}${path}?access_token=${encodeURIComponent(token)}`, json }),
      (response) => readWeCom(response, { now }),
    );
  }

  /** https://developer.work.weixin.qq.com/document/path/91039 */
  #token(): TokenSource {
    const { corpid, secret } = this.#app;
    const query = new URLSearchParams({ corpid, corpsecret: secret });
    return {
      key: `token ${appKeyOf(this.#app)}`,
      request: { method: "GET", url: `${this.#app.base}/cgi-bin/gettoken?${query}` },
      read: (response) => {
        const got = readWeCom(response, { now: this.#conversation.tools.now });
        if (got.ok) return { token: got.json.access_token, seconds: got.json.expires_in };
        return got.verdict.kind === "refused" ? { ...got.verdict, what: "config" } : got.verdict;
      },
    };
  }
}

/** The key of the app in the cache. Each app of a company has its own secret and token. */
export function appKeyOf({ corpid, secret, base }: WeComApp): string {
  return keyOf(base, corpid, secret);
}

function isThereAlready({ because }: Verdict): boolean {
  return because.startsWith("86215");
}
