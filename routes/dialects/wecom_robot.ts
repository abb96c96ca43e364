import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { secretsIn } from "../http/auth.ts";
import { described, type Description } from "../http/described.ts";
import { noteRefusal } from "../http/refused.ts";
import { type Refusal, robotHandler, type RobotVendor } from "./robot_door.ts";
import { parseWeCom, weComMessage } from "./wecom_message.ts";

/** WeCom's own codes: https://developer.work.weixin.qq.com/document/path/90313 */
const CODE = {
  busy: -1,
  wrongParameter: 40035,
  wrongType: 40008,
  notPost: 43002,
  noSuchKey: 93000,
  noPermission: 48002,
} as const;

const refused = ({ code, message }: Refusal): object => ({ errcode: code, errmsg: message });

const WECOM: RobotVendor = {
  door: "wecom_robot",
  tokensIn: (c) => secretsIn(new URL(c.req.url).searchParams, "key"),
  parse: parseWeCom,
  refusals: {
    noPost: { code: CODE.notPost, message: "require POST method" },
    noToken: { code: CODE.noSuchKey, message: "invalid webhook url: the parameter key is missing" },
    unknownToken: { code: CODE.noSuchKey, message: "invalid webhook url: the key is unknown" },
    unknownType: {
      code: CODE.wrongType,
      message: "invalid message type: it is none of text, markdown, markdown_v2, image, news, file, voice, " +
        "template_card",
    },
  },
  wrong: (field) => ({
    code: CODE.wrongParameter,
    message: `invalid parameter: ${field} is missing or wrong`,
  }),
  other: CODE.wrongParameter,
  busy: CODE.busy,
  accepted: { errcode: 0, errmsg: "ok" },
  refused,
};

const SEND: Description = {
  summary: "Accept a message to a WeCom robot",
  door: {
    name: "WeCom robot",
    paste: "http://fenghuo:8000/cgi-bin/webhook/send?key=YOUR-ROBOT-TOKEN",
  },
  details:
    "Refusals are HTTP 200 with WeCom's codes; only errors that a retry may resolve have another status.",
  security: "robot",
  query: z.looseObject({
    key: z.string().meta({ description: "A group's robot_token, or the intake token" }),
  }),
  body: weComMessage,
  example: { msgtype: "text", text: { content: "The disk of db-1 is full" } },
  answer: () => z.object({ errcode: z.int(), errmsg: z.string() }),
  refusals: { 503: "It cannot be stored: send it again" },
};

/**
 * `POST /cgi-bin/webhook/send?key=…`: for programs that send to a WeCom robot today. The key names the group; with the
 * intake token the rules decide. Files stay with WeCom, whose `upload_media` gives out their ids.
 */
export function weComRobotRoutes(relay: Relay, options: { report: (words: string) => void }): Hono {
  async function refuseUpload(c: Context): Promise<Response> {
    const message = "api forbidden: the relay keeps no files; upload to WeCom's own host";
    await noteRefusal(c, relay, { door: WECOM.door, status: CODE.noPermission, reason: message });
    return c.json(refused({ code: CODE.noPermission, message }));
  }

  return new Hono()
    .all("/cgi-bin/webhook/send", described({ POST: SEND }, robotHandler(relay, WECOM, options)))
    .all("/cgi-bin/webhook/upload_media", refuseUpload);
}
