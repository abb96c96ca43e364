/**
 * DingTalk's enterprise APIs, as far as a chat needs them. Two generations coexist, each with its own token of the
 * same app: legacy on oapi.dingtalk.com, and v1.0 on api.dingtalk.com. Both look up people with the legacy one.
 *
 * @module
 */
import { type ChannelRequest, refused, retry } from "../../relay/channel.ts";
import { fieldsOf, wordsOf } from "../_answers/json.ts";
import type { ChatApi } from "../_enterprise/chat_group.ts";
import {
  type CallResult,
  type Conversation,
  type FailedCall,
  failure,
  keyOf,
  type TokenSource,
} from "../_enterprise/conversation.ts";
import { readLegacy, readV1, withoutToken } from "./enterprise_answer.ts";

/** The credentials of the app, and the address of the server. */
export interface DingTalkApp {
  readonly appKey: string;
  readonly appSecret: string;
  /** The address before the paths of both hosts. */
  readonly base?: string | undefined;
}

/** A chat to create, and its first message. */
export interface ChatPlan {
  /** At most 20 characters. */
  readonly name: string;
  /** For v1.0. */
  readonly templateId: string;
  /** For v1.0. */
  readonly robotCode: string;
  /** DingTalk creates only one chat with this id. */
  readonly uuid: string;
  readonly content: ChatContent;
}

/** A message in the words of both generations. */
export interface ChatContent {
  readonly form: "markdown" | "text";
  readonly title: string;
  readonly text: string;
}

/** A card, and its destination. */
export interface CardDelivery {
  readonly templateId: string;
  /** The id of the card, chosen by us. */
  readonly outTrackId: string;
  readonly robotCode: string;
  /** Its open conversation id. */
  readonly conversation: string;
  /** For the list of chats, and the lock screen. */
  readonly title: string;
  /** The values of the template's variables: at most 1 KB each. */
  readonly values: Readonly<Record<string, string>>;
  /** The key of a registered callback: see `registerCallback`. Without it, the buttons are links. */
  readonly callbackRouteKey?: string | undefined;
  /** User id → name; `@ALL` for everybody. */
  readonly mentions: Readonly<Record<string, string>>;
}

/** People in one call: https://open.dingtalk.com/document/orgapp/create-group-session */
const MOST = 40;

/** The calls of one conversation. */
export class DingTalk {
  readonly #app: DingTalkApp;
  readonly #conversation: Conversation;

  constructor(app: DingTalkApp, conversation: Conversation) {
    this.#app = app;
    this.#conversation = conversation;
  }

  /** The user id of the person with this mobile number: https://open.dingtalk.com/document/orgapp/query-users-by-phone-number */
  async userOf(mobile: string): Promise<string | FailedCall> {
    const found = await this.#legacy("/topapi/v2/user/getbymobile", { mobile });
    if (!found.ok) return found;
    const { userid } = (found.json.result ?? {}) as { userid?: unknown };
    return typeof userid === "string" && userid !== ""
      ? userid
      : failure({ kind: "retry", because: "0 without a userid" });
  }

  /** Chats of v1.0: scene groups, in which the template's robot posts. */
  sceneGroups({ name, templateId, robotCode, uuid, content }: ChatPlan): ChatApi {
    return {
      most: MOST,
      // https://open.dingtalk.com/document/development/create-a-scene-group
      create: async (users, { owner, generation }) => {
        const made = await this.#v1("/v1.0/im/sceneGroup/create", "open_conversation_id", {
          title: name,
          template_id: templateId,
          owner_user_id: owner,
          user_ids: users,
          uuid: keyOf(uuid, String(generation), ...users),
        });
        return made.ok ? { ok: true, id: String(made.json.open_conversation_id) } : made;
      },
      // https://open.dingtalk.com/document/development/api-addscenegroupmember
      add: (chat, users) =>
        this.#v1("/v1.0/im/sceneGroup/member/add", "success", {
          open_conversation_id: chat,
          user_ids: users,
        }),
      // https://open.dingtalk.com/document/development/api-removescenegroupmember
      remove: (chat, users) =>
        this.#v1("/v1.0/im/sceneGroup/member/delete", "success", {
          open_conversation_id: chat,
          user_ids: users,
        }),
      look: (user) => this.#look(user),
      // https://open.dingtalk.com/document/orgapp/the-robot-sends-a-group-message
      post: (chat) =>
        this.#v1("/v1.0/robot/groupMessages/send", "processQueryKey", {
          robotCode,
          openConversationId: chat,
          msgKey: content.form === "text" ? "sampleText" : "sampleMarkdown",
          msgParam: msgParamOf(content),
        }),
    };
  }

  /** Chats of the legacy API, which DingTalk has closed to new apps. The company is their sender. */
  legacyChats({ name, content }: ChatPlan): ChatApi {
    return {
      most: MOST,
      // https://open.dingtalk.com/document/orgapp/create-group-session
      create: async (users, { owner }) => {
        const made = await this.#legacy("/chat/create", { name, owner, useridlist: users });
        return made.ok ? { ok: true, id: String(made.json.chatid) } : made;
      },
      // https://open.dingtalk.com/document/orgapp/modify-a-group-session
      add: (chatid, users) => this.#legacy("/chat/update", { chatid, add_useridlist: users }),
      remove: (chatid, users) => this.#legacy("/chat/update", { chatid, del_useridlist: users }),
      look: (user) => this.#look(user),
      // https://open.dingtalk.com/document/orgapp/send-group-messages
      post: (chatid) => this.#legacy("/chat/send", { chatid, msg: msgOf(content) }),
    };
  }

  /** Creates a card and posts it: https://open.dingtalk.com/document/orgapp/create-and-deliver-cards */
  async deliverCard(
    { templateId, outTrackId, robotCode, conversation, title, values, callbackRouteKey, mentions }:
      CardDelivery,
  ): Promise<CallResult> {
    const made = await this.#v1("/v1.0/card/instances/createAndDeliver", "success", {
      cardTemplateId: templateId,
      outTrackId,
      ...callbackRouteKey === undefined
        ? { callbackType: "STREAM" } // its buttons are links
        : { callbackType: "HTTP", callbackRouteKey },
      cardData: { cardParamMap: values },
      openSpaceId: `dtv1.card//IM_GROUP.${conversation}`,
      userIdType: 1, // user ids
      imGroupOpenSpaceModel: {
        supportForward: true,
        lastMessageI18n: { ZH_CN: title },
        notification: { alertContent: title, notificationOff: false },
      },
      imGroupOpenDeliverModel: {
        robotCode,
        ...Object.keys(mentions).length === 0 ? {} : { atUserIds: mentions },
      },
    });
    return made.ok ? deliveredCard(made) : cardFailure(made);
  }

  /** Registers the address that DingTalk calls when a button is pressed: https://open.dingtalk.com/document/orgapp/register-card-callback-address */
  registerCallback({ key, url, secret }: { key: string; url: string; secret: string }): Promise<CallResult> {
    return this.#v1("/v1.0/card/callbacks/register", "success", {
      callbackRouteKey: key,
      callbackUrl: url,
      apiSecret: secret,
      forceUpdate: true, // an operator may choose another secret
    });
  }

  /** Changes a card in place: https://open.dingtalk.com/document/orgapp/interactive-card-update-interface */
  async updateCard(outTrackId: string, values: Readonly<Record<string, string>>): Promise<CallResult> {
    const changed = await this.#v1("/v1.0/card/instances", "success", {
      outTrackId,
      cardData: { cardParamMap: values },
      cardUpdateOptions: { updateCardDataByKey: true },
      userIdType: 1,
    }, "PUT");
    return changed.ok ? changed : cardFailure(changed);
  }

  /** Rings people: https://open.dingtalk.com/document/orgapp/robot-sends-nail-message */
  ding(
    { robotCode, remindType, users, content }: {
      robotCode: string;
      remindType: number;
      users: readonly string[];
      content: string;
    },
  ): Promise<CallResult> {
    const json = { robotCode, remindType, receiverUserIdList: users, content };
    return this.#v1("/v1.0/robot/ding/send", "openDingId", json);
  }

  /** https://open.dingtalk.com/document/orgapp/query-user-details */
  #look(user: string): Promise<CallResult> {
    return this.#legacy("/topapi/v2/user/get", { userid: user });
  }

  #legacy(path: string, json: unknown): Promise<CallResult> {
    const { now } = this.#conversation.tools;
    return this.#conversation.call(
      this.#legacyToken(),
      (token) => ({ url: `${this.#oapi()}${path}?access_token=${encodeURIComponent(token)}`, json }),
      (response) => readLegacy(response, { now }),
    );
  }

  #v1(path: string, field: string, json: unknown, method: "POST" | "PUT" = "POST"): Promise<CallResult> {
    const { now } = this.#conversation.tools;
    return this.#conversation.call(
      this.#v1Token(),
      (token): ChannelRequest => ({
        method,
        url: `${this.#api()}${path}`,
        headers: { "x-acs-dingtalk-access-token": token },
        json,
      }),
      (response) => readV1(response, { now, field }),
    );
  }

  /** https://open.dingtalk.com/document/orgapp/obtain-orgapp-token */
  #legacyToken(): TokenSource {
    const { appKey, appSecret } = this.#app;
    const query = new URLSearchParams({ appkey: appKey, appsecret: appSecret });
    return {
      key: `token legacy ${appKeyOf(this.#app)}`,
      request: { method: "GET", url: `${this.#oapi()}/gettoken?${query}` },
      read: (response) => {
        const got = readLegacy(response, { now: this.#conversation.tools.now });
        return got.ok ? { token: got.json.access_token, seconds: got.json.expires_in } : withoutToken(got);
      },
    };
  }

  /** https://open.dingtalk.com/document/orgapp/obtain-the-access-token-of-an-internal-app */
  #v1Token(): TokenSource {
    const { appKey, appSecret } = this.#app;
    return {
      key: `token v1 ${appKeyOf(this.#app)}`,
      request: { url: `${this.#api()}/v1.0/oauth2/accessToken`, json: { appKey, appSecret } },
      read: (response) => {
        const got = readV1(response, { now: this.#conversation.tools.now, field: "accessToken" });
        return got.ok ? { token: got.json.accessToken, seconds: got.json.expireIn } : withoutToken(got);
      },
    };
  }

  #oapi(): string {
    return this.#app.base ?? "https://oapi.dingtalk.com";
  }

  #api(): string {
    return this.#app.base ?? "https://api.dingtalk.com";
  }
}

/** The card was created; `deliverResults` says whether it was posted. Assumed: every failure but one of the system is a wrong config. */
function deliveredCard(made: CallResult & { ok: true }): CallResult {
  const { deliverResults } = fieldsOf(made.json.result);
  const failed = (Array.isArray(deliverResults) ? deliverResults : []).map(fieldsOf)
    .find(({ success }) => success !== true);
  if (failed === undefined) return made;
  const because = wordsOf(failed.errorMsg) || "the card was not delivered";
  return failure(/SYSTEM/i.test(because) ? retry(because) : refused("config", because));
}

/** Assumed: DingTalk's page lists no codes for a template or a card that does not exist. */
function cardFailure(failed: FailedCall): FailedCall {
  const { verdict } = failed;
  if (verdict.kind !== "refused" || verdict.what !== "payload") return failed;
  if (/template/i.test(verdict.because)) return failure(refused("config", verdict.because));
  const isGone = /outTrackId|card\S*not\.?(?:exist|found)/i.test(verdict.because);
  return isGone ? failure(verdict, "chat") : failed;
}

/** The key of the app in the cache. The secret is part of it: a cached token must not hide the wrong secret of another destination. */
export function appKeyOf({ appKey, appSecret, base = "" }: DingTalkApp): string {
  return keyOf(base, appKey, appSecret);
}

/** `msg` of chat/send: https://open.dingtalk.com/document/orgapp/message-types-and-data-format */
export function msgOf({ form, title, text }: ChatContent): unknown {
  return form === "text"
    ? { msgtype: "text", text: { content: text } }
    : { msgtype: "markdown", markdown: { title, text } };
}

/** `msgParam` of a robot's message: https://open.dingtalk.com/document/orgapp/robot-message-type */
export function msgParamOf({ form, title, text }: ChatContent): string {
  return JSON.stringify(form === "text" ? { content: text } : { title, text });
}
