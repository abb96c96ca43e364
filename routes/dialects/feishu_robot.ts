import { createHmac } from "node:crypto";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { sameSecret } from "../../relay/base/same_secret.ts";
import { described, type Description } from "../http/described.ts";
import { noteRefusal } from "../http/refused.ts";
import { feishuMessage, parseFeishu } from "./feishu_message.ts";
import { membersOf, textOf } from "./loose_json.ts";
import {
  type Refusal,
  robotHandler,
  RobotRefusal,
  type RobotVendor,
  type SignedRequest,
} from "./robot_door.ts";

/** Feishu's own codes: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot */
const CODE = { badRequest: 9499, noSuchToken: 19001, wrongParameter: 19002, insecure: 19021 } as const;

/** The largest difference between a signed request's time and ours: the same page. */
const CLOCK_SKEW = 60 * 60_000;

const NO_SUCH_TOKEN: Refusal = {
  code: CODE.noSuchToken,
  message: "param invalid: incoming webhook access token invalid",
};

const refused = ({ code, message }: Refusal): object => ({ code, data: {}, msg: message });

const FEISHU: RobotVendor = {
  door: "feishu_robot",
  tokensIn: (c) => [c.req.param("token") ?? ""],
  verify,
  parse: parseFeishu,
  refusals: {
    noPost: { code: CODE.badRequest, message: "Bad Request: POST is required" },
    noToken: NO_SUCH_TOKEN,
    unknownToken: NO_SUCH_TOKEN,
    unknownType: {
      code: CODE.wrongParameter,
      message: "params error, msg_type need: it is none of text, post, image, share_chat, interactive",
    },
  },
  wrong: (field) => ({ code: CODE.wrongParameter, message: `params error: ${field} is missing or wrong` }),
  other: CODE.badRequest,
  busy: CODE.badRequest, // with the status 503; the robots have no code for it
  accepted: { StatusCode: 0, StatusMessage: "success", code: 0, data: {}, msg: "success" },
  refused,
};

const SEND: Description = {
  summary: "Accept a message to a Feishu robot",
  door: {
    name: "Feishu robot",
    paste: "http://fenghuo:8000/open-apis/bot/v2/hook/YOUR-ROBOT-TOKEN",
  },
  details:
    "Refusals are HTTP 200 with Feishu's codes; only errors that a retry may resolve have another status.",
  security: "robot",
  params: { token: "A group's robot_token, or the intake token" },
  body: feishuMessage,
  example: { msg_type: "text", content: { text: "The disk of db-1 is full" } },
  answer: () => z.looseObject({ code: z.int(), msg: z.string() }),
  refusals: { 503: "It cannot be stored: send it again" },
};

/**
 * `POST /open-apis/bot/v2/hook/:token`: for programs that send to a robot of Feishu or Lark today. The token names the group;
 * with the intake token the rules decide.
 */
export function feishuRobotRoutes(relay: Relay, options: { report: (words: string) => void }): Hono {
  /** Addresses of other robots have a token, too, which must not be shown. */
  async function refuseOther(c: Context): Promise<Response> {
    const message = "param invalid: only /open-apis/bot/v2/hook/… is known";
    await noteRefusal(c, relay, { door: FEISHU.door, status: CODE.noSuchToken, reason: message });
    return c.json(refused({ code: CODE.noSuchToken, message }));
  }

  return new Hono()
    .all("/open-apis/bot/v2/hook/:token", described({ POST: SEND }, robotHandler(relay, FEISHU, options)))
    .all("/open-apis/bot/*", refuseOther);
}

/** The time and the secret are the key, and the message is empty. @throws RobotRefusal · RequestError */
async function verify(
  { body }: SignedRequest,
  { secret, now }: { secret: string; now: number },
): Promise<void> {
  const { timestamp, sign } = membersOf(await body());
  const time = textOf(timestamp);
  const right = createHmac("sha256", `${time}\n${secret}`).digest("base64");
  const isTimely = /^\d{10}$/.test(time) && Math.abs(Number(time) * 1_000 - now) <= CLOCK_SKEW;
  if (!sameSecret(textOf(sign), right) || !isTimely) {
    throw new RobotRefusal({
      code: CODE.insecure,
      message: "sign match fail or timestamp is not within one hour from current time",
    });
  }
}
