/**
 * Decides whether a DingTalk robot posts a message, and refuses with DingTalk's own codes.
 *
 * Source: https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages
 *
 * @module
 */
import { createHmac } from "node:crypto";
import { parseMessage, ringsOf, shownOf } from "./_dingtalk_message.ts";
import type { Rate } from "../relay/channel.ts";
import { Budget } from "./_budget.ts";
import type { Arrived } from "./_loopback.ts";
import type { RobotAnswer } from "./_robot_server.ts";
import { jsonOf } from "./_vendor_server.ts";

/** The setup of a robot in its group. */
export interface RobotSetup {
  readonly token: string;
  /** When set, requests must be signed. */
  readonly secret?: string | undefined;
  /** When set, messages must contain one of them. */
  readonly keywords?: readonly string[] | undefined;
}

/** A message that the members of the group see. */
export interface DingTalkPost {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly msgtype: string;
  /** The title; for a feed card, that of its first line; empty for a text. */
  readonly title: string;
  /** The text; for a feed card, all its lines. */
  readonly text: string;
  /** The user ids and mobiles whose phones ring, or `all`. */
  readonly rings: readonly string[] | "all";
  /** The whole request. */
  readonly request: unknown;
}

/** The only success. */
export const OK: RobotAnswer = { errcode: 0, errmsg: "ok" };

const MINUTE = 60_000;

/** After more than 20 messages a minute, a robot is throttled for 10 minutes: the page above. */
const RATE: Rate = { messages: 20, per: MINUTE, penalty: 10 * MINUTE };

/**
 * The allowed difference between the timestamp and DingTalk's clock:
 * https://open.dingtalk.com/document/robots/customize-robot-security-settings
 */
const CLOCK_SKEW = 60 * MINUTE;

/** Measured: "message too long, exceed 20000 bytes". */
const REQUEST_BYTES = 20_000;

/** A robot: its setup, its budget, and its posts. */
export class DingTalkRobot {
  /** The messages that the group sees, in order. */
  readonly messages: DingTalkPost[] = [];
  readonly #budget: Budget;
  readonly #uuids = new Set<string>();

  constructor(readonly setup: RobotSetup, quota?: Rate) {
    this.#budget = new Budget(quota === undefined ? [RATE] : [RATE, quota]);
  }

  /** Posts a message, or refuses it. */
  take(request: Arrived, now: number): RobotAnswer {
    return this.#refusalOf(request, now) ?? this.#read(request, now);
  }

  #refusalOf({ url, body }: Arrived, now: number): RobotAnswer | undefined {
    if (body.byteLength > REQUEST_BYTES) {
      return refusal(460101, `message too long, exceed ${REQUEST_BYTES} bytes`);
    }
    if (this.setup.secret !== undefined) {
      const timestamp = url.searchParams.get("timestamp");
      const sign = url.searchParams.get("sign");
      if (timestamp === null || sign === null) return refusal(310000, "sign not match");
      if (!/^\d{13}$/.test(timestamp) || Math.abs(Number(timestamp) - now) > CLOCK_SKEW) {
        return refusal(310000, "invalid timestamp");
      }
      if (sign !== signOf(timestamp, this.setup.secret)) return refusal(310000, "sign not match");
    }
    // Every call with a valid signature counts, whatever its outcome.
    const broken = this.#budget.refuse(now);
    if (broken !== undefined) return broken === RATE ? TOO_FAST : OVER_QUOTA;
  }

  #read({ body }: Arrived, now: number): RobotAnswer {
    const json = jsonOf(body);
    if (json === undefined) return refusal(40035, "缺少参数 json");
    const parsed = parseMessage(json);
    if (!("message" in parsed)) {
      return parsed.unknownType
        ? refusal(400105, "unsupported msgtype")
        : refusal(40035, `不合法的参数 ${parsed.wrong}`);
    }
    const { message } = parsed;
    const { title, text, searched } = shownOf(message);
    const { keywords = [] } = this.setup;
    if (keywords.length > 0 && !keywords.some((keyword) => searched.includes(keyword))) {
      return refusal(310000, "keywords not in content");
    }
    if (message.msgUuid !== undefined && this.#uuids.has(message.msgUuid)) return OK;
    if (message.msgUuid !== undefined) this.#uuids.add(message.msgUuid);
    const rings = ringsOf(message, text);
    this.messages.push({ at: now, msgtype: message.msgtype, title, text, rings, request: json });
    return OK;
  }
}

/** The refusals of DingTalk that do not depend on the robot. */
export function doorRefusalOf({ method, url, headers }: Arrived): RobotAnswer | undefined {
  if (method !== "POST") return refusal(43002, "require POST method");
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(headers.get("content-type") ?? "")) {
    return refusal(43004, "无效的HTTP HEADER Content-Type");
  }
  if (!url.searchParams.get("access_token")) return refusal(40035, "缺少参数 access_token");
}

/** DingTalk's answer for an unknown or removed robot token. */
export const NO_SUCH_TOKEN: RobotAnswer = refusal(300005, "token is not exist");

/** The refusal of more than 20 messages a minute, and of messages in the ten minutes after that. */
export const TOO_FAST: RobotAnswer = refusal(130101, "send too fast, exceed 20 times per minute");

/** The company's quota of calls a month: https://www.dingtalk.com/qidian/help-detail-1061621972.html */
const OVER_QUOTA: RobotAnswer = refusal(90020, "您的企业本月api调用量已超过限制");

/** A refusal. */
export function refusal(errcode: number, errmsg: string): RobotAnswer {
  return { errcode, errmsg };
}

function signOf(timestamp: string, secret: string): string {
  return createHmac("sha256", secret).update(`${timestamp}\n${secret}`).digest("base64");
}
