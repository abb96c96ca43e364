/**
 * Cards that an app's robot posts and changes, and DING messages: https://open.dingtalk.com/document/orgapp/create-and-deliver-cards,
 * …/interactive-card-update-interface and …/robot-sends-nail-message
 *
 * @module
 */
import { z } from "zod";
import { Budgets } from "./_budget.ts";
import type { Company } from "./_dingtalk_chats.ts";
import { v1Refusal } from "./_dingtalk_v1.ts";
import type { CallContext, Calls, VendorReply } from "./_enterprise_server.ts";

/** The setup of cards and DING messages. */
export interface CardSetup {
  /** Open conversation ids of the groups that have the robot. */
  readonly chats?: readonly string[];
  /** The published template. Default `card.schema`. */
  readonly templateId?: string;
  /** DING messages that the company has bought, by `remindType`; default: no limit. */
  readonly bought?: Readonly<Record<number, number>>;
}

/** A card as a group sees it. */
export interface DingTalkCard {
  readonly outTrackId: string;
  readonly chat: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** The current values of the template's variables. */
  values: Readonly<Record<string, string>>;
  /** The earlier values, the oldest first. */
  readonly history: Readonly<Record<string, string>>[];
  /** The address that its buttons call, and the secret with which DingTalk signs; `undefined` if they are links. */
  readonly callback?: { readonly url: string; readonly secret: string } | undefined;
  /** User id → name. */
  readonly mentions: Readonly<Record<string, string>>;
  /** In the list of chats, and on the lock screen. */
  readonly notification: string;
}

/** A DING message. */
export interface DingTalkReminder {
  readonly at: number;
  readonly remindType: number;
  readonly users: readonly string[];
  readonly content: string;
}

/** The most bytes of a variable: the first page above. */
const KEY_BYTES = 100;
const VALUE_BYTES = 1_024;

/** The most people in one call, by `remindType`: the last page above. */
const RECEIVERS: Readonly<Record<number, number>> = { 1: 200, 2: 20, 3: 20 };

const bytes = (text: string): number => new TextEncoder().encode(text).length;
const words = z.string().trim().min(1);
const values = z.record(
  z.string().refine((key) => bytes(key) <= KEY_BYTES),
  z.string().refine((value) => bytes(value) <= VALUE_BYTES),
);
const cardData = z.strictObject({ cardParamMap: values });

const create = z.strictObject({
  cardTemplateId: z.string(),
  outTrackId: z.string(),
  callbackType: z.enum(["STREAM", "HTTP"]),
  callbackRouteKey: words.optional(),
  cardData,
  openSpaceId: z.string(),
  userIdType: z.literal(1),
  imGroupOpenSpaceModel: z.strictObject({
    supportForward: z.boolean(),
    lastMessageI18n: z.strictObject({ ZH_CN: words }),
    notification: z.strictObject({ alertContent: words, notificationOff: z.boolean() }),
  }),
  imGroupOpenDeliverModel: z.strictObject({
    robotCode: words,
    atUserIds: z.record(words, z.string()).optional(),
  }),
});
const update = z.strictObject({
  outTrackId: words,
  cardData,
  cardUpdateOptions: z.strictObject({ updateCardDataByKey: z.boolean() }),
  userIdType: z.literal(1),
});
/** https://open.dingtalk.com/document/orgapp/register-card-callback-address */
const register = z.strictObject({
  callbackRouteKey: words,
  callbackUrl: z.url({ protocol: /^https?$/ }),
  apiSecret: words,
  forceUpdate: z.boolean(),
});
const ding = z.strictObject({
  robotCode: words,
  remindType: z.int().min(1).max(3),
  receiverUserIdList: z.array(words).min(1),
  content: words,
});

const INVALID = v1Refusal("param.invalid", "入参不合法");

/** The cards and DING messages of an app. */
export class DingTalkCards {
  /** The cards in order. */
  readonly cards: DingTalkCard[] = [];
  /** The messages in order. */
  readonly reminders: DingTalkReminder[] = [];
  /** By their route keys. */
  readonly #callbacks = new Map<string, { readonly url: string; readonly secret: string }>();
  readonly #company: Company;
  readonly #setup: CardSetup & { readonly robotCode: string };
  readonly #bought: Record<number, number>;
  readonly #budgets = new Budgets([{ messages: 6_000, per: 60_000 }]);

  constructor(company: Company, setup: CardSetup & { readonly robotCode: string }) {
    this.#company = company;
    this.#setup = setup;
    this.#bought = { 1: Infinity, 2: Infinity, 3: Infinity, ...setup.bought };
  }

  /** The calls, after the token was checked. */
  get calls(): Calls {
    return {
      "POST /v1.0/card/instances/createAndDeliver": (context) => this.#create(context),
      "PUT /v1.0/card/instances": (context) => this.#update(context),
      "POST /v1.0/card/callbacks/register": (context) => this.#register(context),
      "POST /v1.0/robot/ding/send": (context) => this.#ding(context),
    };
  }

  #register({ json }: CallContext): VendorReply {
    const { data } = register.safeParse(json);
    if (data === undefined) return INVALID;
    const { callbackRouteKey, callbackUrl: url, apiSecret: secret, forceUpdate } = data;
    if (forceUpdate || !this.#callbacks.has(callbackRouteKey)) {
      this.#callbacks.set(callbackRouteKey, { url, secret });
    }
    const { url: callbackUrl, secret: apiSecret } = this.#callbacks.get(callbackRouteKey)!;
    return { json: { success: true, result: { callbackUrl, apiSecret } } };
  }

  #create({ json, now }: CallContext): VendorReply {
    const { data } = create.safeParse(json);
    if (data === undefined) return INVALID;
    const { callbackType, callbackRouteKey } = data;
    const callback = callbackRouteKey === undefined ? undefined : this.#callbacks.get(callbackRouteKey);
    if ((callbackType === "HTTP") !== (callback !== undefined)) return INVALID;
    const { chats = [], templateId = "card.schema", robotCode } = this.#setup;
    const { outTrackId, imGroupOpenDeliverModel: { robotCode: robot, atUserIds = {} } } = data;
    if (outTrackId === "") return v1Refusal("param.outTrackIdEmpty", "业务标识outTrackId为空");
    if (data.cardTemplateId === "") return v1Refusal("param.cardTemplateIdEmpty", "卡片模板Id为空");
    if (data.cardTemplateId !== templateId) return v1Refusal("cardTemplate.notFound", "卡片模板不存在");
    const [, chat] = /^dtv1\.card\/\/IM_GROUP\.(.+)$/.exec(data.openSpaceId) ?? [];
    if (chat === undefined) return v1Refusal("param.openSpaceIdInvalid", "openSpaceId不符合规范");
    const isMentionable = (user: string): boolean =>
      user === "@ALL" || this.#company.find(user) !== undefined;
    if (!Object.keys(atUserIds).every(isMentionable)) {
      return v1Refusal("param.userIdNotExist", "用户user不存在");
    }
    const isDelivered = chats.includes(chat) && robot === robotCode;
    // Assumed: the same outTrackId identifies the same card.
    if (isDelivered && !this.cards.some((card) => card.outTrackId === outTrackId)) {
      this.cards.push({
        outTrackId,
        chat,
        at: now,
        values: data.cardData.cardParamMap,
        history: [],
        callback,
        mentions: atUserIds,
        notification: data.imGroupOpenSpaceModel.notification.alertContent,
      });
    }
    const result = {
      spaceType: "IM_GROUP",
      spaceId: chat,
      success: isDelivered,
      ...isDelivered ? { carrierId: `carrier${this.cards.length}` } : { errorMsg: "chatbot not in group" },
    };
    return { json: { success: true, result: { outTrackId, deliverResults: [result] } } };
  }

  #update({ json }: CallContext): VendorReply {
    const { data } = update.safeParse(json);
    if (data === undefined) return INVALID;
    const card = this.cards.find(({ outTrackId }) => outTrackId === data.outTrackId);
    if (card === undefined) return v1Refusal("param.outTrackIdInvalid", "卡片实例不存在");
    const { cardParamMap } = data.cardData;
    card.history.push(card.values);
    card.values = data.cardUpdateOptions.updateCardDataByKey
      ? { ...card.values, ...cardParamMap }
      : cardParamMap;
    return { json: { success: true, result: true } };
  }

  #ding({ json, now }: CallContext): VendorReply {
    const { data } = ding.safeParse(json);
    if (data === undefined) return v1Refusal("invalidParameter.param.invalid", "参数不合法");
    const { robotCode, remindType, receiverUserIdList: users, content } = data;
    if (robotCode !== this.#setup.robotCode) {
      return v1Refusal("invalid.chatbotId", `invalid.chatbotId ${robotCode}`);
    }
    if (this.#budgets.refuse(robotCode, now)) return v1Refusal("toomuch.msg", "send too fast");
    if (users.length > RECEIVERS[remindType]!) {
      return v1Refusal("ding.receivercount.limit", "ding receiver count limit");
    }
    if (this.#bought[remindType]! < users.length) {
      return v1Refusal("ding.serverquota.insufficient", "ding server quota insufficient");
    }
    const known = users.filter((user) => this.#company.find(user) !== undefined);
    if (known.length === 0) return v1Refusal("miss.staffId", `miss.staffId ${users.join(",")}`);
    this.#bought[remindType]! -= known.length;
    this.reminders.push({ at: now, remindType, users: known, content });
    const failed = users.filter((user) => !known.includes(user));
    return {
      json: {
        openDingId: `ding${this.reminders.length}`,
        ...failed.length === 0 ? {} : { failedList: { "not in org": failed } },
      },
    };
  }
}
