/**
 * Decide whether a Feishu robot posts a message, and refuse with Feishu's own codes.
 *
 * Source: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { z } from "zod";
import type { Rate } from "../relay/channel.ts";
import { Budget } from "./_budget.ts";
import { cardSchema } from "./_feishu_card.ts";
import type { Arrived } from "./_loopback.ts";
import { jsonOf } from "./_vendor_server.ts";

/** The setup of a robot in its group. */
export interface FeishuRobot {
  readonly token: string;
  /** When set, requests must be signed. */
  readonly secret?: string;
  /** When set, messages must contain it. */
  readonly keyword?: string;
}

/** A message that the members of the group see. */
export interface FeishuPosted {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly token: string;
  readonly type: "text" | "interactive";
  /** Empty for a text. */
  readonly title: string;
  readonly text: string;
  readonly ringsAll: boolean;
  /** The whole request. */
  readonly request: unknown;
}

/** Feishu's answer. */
export interface FeishuAnswer {
  readonly code: number;
  readonly data: object;
  readonly msg: string;
}

const BYTES = 20_000;
const HOUR_SECONDS = 3_600;
const RATES: readonly Rate[] = [{ messages: 5, per: 1_000 }, { messages: 100, per: 60_000 }];

const signed = { timestamp: z.string().regex(/^\d{10}$/).optional(), sign: z.string().optional() };
const schema = z.discriminatedUnion("msg_type", [
  z.strictObject({
    msg_type: z.literal("text"),
    content: z.strictObject({ text: z.string().min(1) }),
    ...signed,
  }),
  z.strictObject({
    msg_type: z.literal("interactive"),
    card: cardSchema(z.strictObject({ wide_screen_mode: z.boolean() }).optional()),
    ...signed,
  }),
]);

/** A refusal. */
export function say(code: number, msg: string): FeishuAnswer {
  return { code, data: {}, msg };
}

/** The refusal of more than five messages a second, or a hundred a minute. */
export const TOO_FAST: FeishuAnswer = say(
  11232,
  "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]",
);

/** Feishu's answer for an unknown or removed robot token. */
export const NO_SUCH_ROBOT: FeishuAnswer = say(
  19001,
  "param invalid: incoming webhook access token invalid",
);

const OVER_QUOTA = say(99991403, "this month's api call quota has been exceeded");
const SUCCESS = { StatusCode: 0, StatusMessage: "success", ...say(0, "success") };

/** A robot: its setup, its budget, and its posts. */
export class Robot {
  /** The messages that the group sees, in order. */
  readonly messages: FeishuPosted[] = [];
  readonly #onPost: (posted: FeishuPosted) => void;
  /** Every call with the robot's token counts, whatever its outcome. */
  readonly #budget: Budget;

  constructor(
    readonly setup: FeishuRobot,
    { quota, onPost }: { quota?: Rate | undefined; onPost: (posted: FeishuPosted) => void },
  ) {
    this.#onPost = onPost;
    this.#budget = new Budget(quota === undefined ? RATES : [...RATES, quota]);
  }

  /** Post a message, or refuse it. */
  take({ body }: Arrived, now: number): FeishuAnswer {
    const { token, secret, keyword } = this.setup;
    const broken = this.#budget.refuse(now);
    if (broken !== undefined) return RATES.includes(broken) ? TOO_FAST : OVER_QUOTA;
    if (body.length > BYTES) return say(9499, "Bad Request");
    const request = jsonOf(body);
    const { data, error } = schema.safeParse(request);
    if (error) return say(error.issues[0]?.path[0] === "msg_type" ? 19002 : 9499, "param invalid");
    if (secret !== undefined && !isSigned(data, secret, now)) {
      return say(19021, "sign match fail or timestamp is not within one hour from current time");
    }
    const title = data.msg_type === "text" ? "" : data.card.header.title.content;
    const text = data.msg_type === "text"
      ? data.content.text
      : data.card.elements.map((element) => element.tag === "markdown" ? element.content : "").join("\n");
    if (keyword !== undefined && !`${title}\n${text}`.includes(keyword)) {
      return say(19024, "Key Words Not Found");
    }
    const ringsAll = /<at (?:user_id="all"|id=all)>/.test(text);
    this.messages.push({ at: now, token, type: data.msg_type, title, text, ringsAll, request });
    this.#onPost(this.messages.at(-1)!);
    return SUCCESS;
  }
}

/** The key consists of the time and the secret, and the message is empty. */
function isSigned(
  { timestamp, sign }: { timestamp?: string | undefined; sign?: string | undefined },
  secret: string,
  now: number,
): boolean {
  if (timestamp === undefined || Math.abs(now / 1_000 - Number(timestamp)) > HOUR_SECONDS) return false;
  return sign === createHmac("sha256", Buffer.from(`${timestamp}\n${secret}`)).update("").digest("base64");
}
