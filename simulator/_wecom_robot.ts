/**
 * Decides whether a WeCom robot posts a message, and refuses with WeCom's own codes.
 *
 * Source: https://developer.work.weixin.qq.com/document/path/91770
 *
 * @module
 */
import { z } from "zod";
import type { Rate } from "../relay/channel.ts";
import { Budget } from "./_budget.ts";
import type { Arrived } from "./_loopback.ts";
import type { RobotAnswer } from "./_robot_server.ts";
import { jsonOf } from "./_vendor_server.ts";

/** A message that the members of the group see. */
export interface WeComPost {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly msgtype: string;
  readonly text: string;
  /** The user ids and mobiles whose phones ring, or `all`. */
  readonly rings: readonly string[] | "all";
  /** The whole request. */
  readonly request: unknown;
}

/** The only success. */
export const OK: RobotAnswer = { errcode: 0, errmsg: "ok" };

/** 20 messages a minute; further ones are refused, without a block. */
const RATE: Rate = { messages: 20, per: 60_000 };

/** Bytes of UTF-8. */
const CONTENT_BYTES = { text: 2_048, markdown: 4_096, markdown_v2: 4_096 };

const words = z.string().min(1);
const people = z.array(words).optional();

/** The simulated messages: cards, files and pictures are missing. The real WeCom accepts unknown types. */
const schema = z.discriminatedUnion("msgtype", [
  z.strictObject({
    msgtype: z.literal("text"),
    text: z.strictObject({ content: z.string(), mentioned_list: people, mentioned_mobile_list: people }),
  }),
  z.strictObject({ msgtype: z.literal("markdown"), markdown: z.strictObject({ content: z.string() }) }),
  z.strictObject({ msgtype: z.literal("markdown_v2"), markdown_v2: z.strictObject({ content: z.string() }) }),
]);

type WeComRobotMessage = z.output<typeof schema>;

/** A robot: its budget, and its posts. */
export class WeComRobot {
  /** The messages that the group sees, in order. */
  readonly messages: WeComPost[] = [];
  /** Every call with the robot's key counts, whatever its outcome. */
  readonly #budget: Budget;

  constructor(readonly key: string, quota?: Rate) {
    this.#budget = new Budget(quota === undefined ? [RATE] : [RATE, quota]);
  }

  /** Posts a message, or refuses it. */
  take({ body }: Arrived, now: number): RobotAnswer {
    const broken = this.#budget.refuse(now);
    if (broken !== undefined) return broken === RATE ? TOO_FAST : OVER_QUOTA;
    const json = jsonOf(body);
    if (json === undefined) return refusal(40035, "invalid parameter, json parse error");
    const { data, error } = schema.safeParse(json);
    if (error !== undefined) return refusalOf(error.issues[0]!);
    const text = contentOf(data);
    if (text.trim() === "") return refusal(44004, "empty content");
    const most = CONTENT_BYTES[data.msgtype];
    const bytes = new TextEncoder().encode(text).length;
    if (bytes > most) {
      return refusal(40058, `${data.msgtype}.content exceed max length ${most}. invalid Request Parameter`);
    }
    this.messages.push({ at: now, msgtype: data.msgtype, text, rings: ringsOf(data, text), request: json });
    return OK;
  }
}

/** The refusals of WeCom that do not depend on the robot. */
export function doorRefusalOf({ method, url }: Arrived): RobotAnswer | undefined {
  if (method !== "POST") return refusal(43002, "require POST method");
  if (!url.searchParams.get("key")) return refusal(41055, "missing webhook key");
}

/** A refusal. The message ends with parts that differ in each call: a hint, our address, and a link. */
export function refusal(errcode: number, errmsg: string): RobotAnswer {
  const hint = "[1772352000123456789012345], from ip: 203.0.113.7";
  const more = `https://open.work.weixin.qq.com/devtool/query?e=${errcode}`;
  return { errcode, errmsg: `${errmsg}, hint: ${hint}, more info at ${more}` };
}

/** WeCom's answer for an unknown or removed robot key. */
export const NO_SUCH_KEY: RobotAnswer = refusal(93000, "invalid webhook url");

/** The refusal of more than 20 messages a minute. */
export const TOO_FAST: RobotAnswer = refusal(45009, "api freq out of limit");

/** The daily quota, in our own words: WeCom has the same code for it. */
const OVER_QUOTA: RobotAnswer = refusal(45009, "reach max api daily quota limit");

function refusalOf({ code, path, message }: z.core.$ZodIssue): RobotAnswer {
  return code === "invalid_union" && path[0] === "msgtype"
    ? refusal(40008, "invalid message type")
    : refusal(40035, `invalid parameter ${path.join(".")}: ${message}`);
}

function contentOf(message: WeComRobotMessage): string {
  switch (message.msgtype) {
    case "text":
      return message.text.content;
    case "markdown":
      return message.markdown.content;
    case "markdown_v2":
      return message.markdown_v2.content;
  }
}

/** `markdown_v2` mentions nobody, and `markdown` cannot mention everybody. */
function ringsOf(message: WeComRobotMessage, text: string): readonly string[] | "all" {
  if (message.msgtype === "markdown") return Array.from(text.matchAll(/<@([\w.@-]+)>/g), ([, id]) => id!);
  if (message.msgtype !== "text") return [];
  const { mentioned_list = [], mentioned_mobile_list = [] } = message.text;
  const called = [...mentioned_list, ...mentioned_mobile_list];
  return called.includes("@all") ? "all" : called;
}
