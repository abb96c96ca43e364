import { createHmac } from "node:crypto";
import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { sameSecret } from "../../relay/base/same_secret.ts";
import { secretsIn } from "../http/auth.ts";
import { described, type Description } from "../http/described.ts";
import { dingTalkMessage, parseDingTalk } from "./dingtalk_message.ts";
import { robotHandler, RobotRefusal, type RobotVendor, type SignedRequest } from "./robot_door.ts";

/** DingTalk's own codes: https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages */
const CODE = {
  busy: -1,
  wrongParameter: 40035,
  notPost: 43002,
  noSuchToken: 300005, // measured, not documented
  insecure: 310000,
  unknownType: 400105,
} as const;

/**
 * The largest difference between a signed request's time and ours:
 * https://open.dingtalk.com/document/robots/customize-robot-security-settings
 */
const CLOCK_SKEW = 60 * 60_000;

const DINGTALK: RobotVendor = {
  door: "robot",
  tokensIn: (c) => secretsIn(new URL(c.req.url).searchParams, "access_token"),
  verify,
  parse: parseDingTalk,
  refusals: {
    noPost: { code: CODE.notPost, message: "require POST method" },
    noToken: { code: CODE.wrongParameter, message: "a parameter is missing: access_token" },
    unknownToken: { code: CODE.noSuchToken, message: "token is not exist" },
    unknownType: {
      code: CODE.unknownType,
      message: "msgtype is none of text, link, markdown, actionCard, feedCard",
    },
  },
  wrong: (field) => ({ code: CODE.wrongParameter, message: `a parameter is missing or wrong: ${field}` }),
  other: CODE.wrongParameter,
  busy: CODE.busy,
  accepted: { errcode: 0, errmsg: "ok" },
  refused: ({ code, message }) => ({ errcode: code, errmsg: message }),
};

const SEND: Description = {
  summary: "Accept a message to a DingTalk robot",
  door: {
    name: "DingTalk robot",
    paste: "http://fenghuo:8000/robot/send?access_token=YOUR-ROBOT-TOKEN",
  },
  details:
    "Refusals are HTTP 200 with DingTalk's codes; only errors that a retry may resolve have another status.",
  security: "robot",
  query: z.looseObject({
    timestamp: z.string().optional().meta({ description: "With robot_secret: epoch milliseconds" }),
    sign: z.string().optional().meta({ description: "With robot_secret: DingTalk's signature" }),
  }),
  body: dingTalkMessage,
  example: { msgtype: "text", text: { content: "The disk of db-1 is full" } },
  answer: () => z.object({ errcode: z.int(), errmsg: z.string() }),
  refusals: { 503: "It cannot be stored: send it again" },
};

/**
 * `POST /robot/send?access_token=…`: for programs that send to a DingTalk robot today. The token names the group;
 * with the intake token the rules route the alert by its labels.
 */
export function dingTalkRobotRoutes(relay: Relay, options: { report: (words: string) => void }): Hono {
  return new Hono().all("/robot/send", described({ POST: SEND }, robotHandler(relay, DINGTALK, options)));
}

/** @throws RobotRefusal */
function verify({ query }: SignedRequest, { secret, now }: { secret: string; now: number }): void {
  const timestamp = query.get("timestamp") ?? "";
  // An unescaped `+` arrives as a space.
  const sign = (query.get("sign") ?? "").replaceAll(" ", "+");
  const right = createHmac("sha256", secret).update(`${timestamp}\n${secret}`).digest("base64");
  if (!sameSecret(sign, right)) throw new RobotRefusal({ code: CODE.insecure, message: "sign not match" });
  if (!/^\d+$/.test(timestamp) || Math.abs(Number(timestamp) - now) > CLOCK_SKEW) {
    throw new RobotRefusal({ code: CODE.insecure, message: "invalid timestamp" });
  }
}
