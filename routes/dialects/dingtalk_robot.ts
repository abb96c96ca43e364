import { createHmac } from "node:crypto";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { sameSecret } from "../../relay/base/same_secret.ts";
import { INTAKE_TOKEN, OPEN_INTAKE, refusePages, secretsIn } from "../http/auth.ts";
import { parseJson, readBody } from "../http/body.ts";
import { described, type Description } from "../http/described.ts";
import { dingTalkMessage, parseDingTalk } from "./dingtalk_message.ts";
import { failureOf } from "../http/failure.ts";
import { noteAccepted, noteRefusal, setSender } from "../http/refused.ts";

/** DingTalk's own codes: https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages */
const CODE = {
  busy: -1,
  wrongParameter: 40035,
  notPost: 43002,
  noSuchToken: 300005, // measured, not documented
  insecure: 310000,
  unknownType: 400105,
} as const;

/** How far a signed request's time may be from ours: https://open.dingtalk.com/document/robots/customize-robot-security-settings */
const CLOCK_SKEW = 60 * 60_000;

/** A request that is answered with one of DingTalk's codes. */
class RobotRefusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const SEND: Description = {
  summary: "Accept a message to a DingTalk robot",
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
 * with the intake token the rules route the alert by its labels. Refusals are HTTP 200, as DingTalk's are.
 */
export function dingTalkRobotRoutes(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const { accept, query: { config, clock } } = relay;
  const app = new Hono();

  async function acceptMessage(c: Context): Promise<void> {
    const now = clock.now();
    const request = c.req.raw;
    if (request.method !== "POST") throw new RobotRefusal(CODE.notPost, "require POST method");
    const { sender, group, authenticated } = senderOf(request, now);
    setSender(c, sender, group);
    const { text, bytes } = await readBody(request);
    const parsed = parseDingTalk(parseJson(text), { authenticated, locale: config.locale });
    if ("unknownType" in parsed) {
      throw new RobotRefusal(
        CODE.unknownType,
        "msgtype is none of text, link, markdown, actionCard, feedCard",
      );
    }
    if ("field" in parsed) {
      throw new RobotRefusal(CODE.wrongParameter, `a parameter is missing or wrong: ${parsed.field}`);
    }
    await accept(parsed.alerts, { now, bytes, ...group === undefined ? {} : { group } });
  }

  /**
   * The sender that the token belongs to, and the token's group; without a group the rules route. An open intake accepts
   * any token, which then authenticates nobody.
   *
   * @throws RobotRefusal, RequestError
   */
  function senderOf(
    request: Request,
    now: number,
  ): { sender: string; group?: string; authenticated: boolean } {
    const query = new URL(request.url).searchParams;
    const tokens = secretsIn(query, "access_token").filter((token) => token !== "");
    if (tokens.length === 0) {
      throw new RobotRefusal(CODE.wrongParameter, "a parameter is missing: access_token");
    }
    const isSent = (secret: string): boolean => tokens.some((token) => sameSecret(secret, token));
    // Every token is compared, so that the time does not reveal which one matched.
    const [robot] = config.robots.filter((robot) => isSent(robot.token));
    if (robot === undefined) {
      if (isSent(config.intakeToken)) return { sender: INTAKE_TOKEN, authenticated: true };
      if (config.openIntake) {
        refusePages(request);
        return { sender: OPEN_INTAKE, authenticated: false };
      }
      throw new RobotRefusal(CODE.noSuchToken, "token is not exist");
    }
    if (robot.secret !== undefined) requireSignature(query, { secret: robot.secret, now });
    return { sender: `robot of ${robot.group}`, group: robot.group, authenticated: true };
  }

  async function handle(c: Context): Promise<Response> {
    try {
      await acceptMessage(c);
      await noteAccepted(c, relay, { door: "robot" });
      return Response.json({ errcode: 0, errmsg: "ok" });
    } catch (error) {
      if (error instanceof RobotRefusal) return await refuse(c, error.code, error.message);
      const { status, message } = failureOf(error as Error, c, report);
      if (status < 500) return await refuse(c, CODE.wrongParameter, message);
      return Response.json({ errcode: CODE.busy, errmsg: message }, { status });
    }
  }

  async function refuse(c: Context, code: number, message: string): Promise<Response> {
    await noteRefusal(c, relay, { door: "robot", status: code, reason: message });
    return Response.json({ errcode: code, errmsg: message });
  }

  app.all("/robot/send", described({ POST: SEND }, handle));
  return app;
}

/** @throws RobotRefusal */
function requireSignature(query: URLSearchParams, { secret, now }: { secret: string; now: number }): void {
  const timestamp = query.get("timestamp") ?? "";
  // An unescaped `+` arrives as a space.
  const sign = (query.get("sign") ?? "").replaceAll(" ", "+");
  const right = createHmac("sha256", secret).update(`${timestamp}\n${secret}`).digest("base64");
  if (!sameSecret(sign, right)) throw new RobotRefusal(CODE.insecure, "sign not match");
  if (!/^\d+$/.test(timestamp) || Math.abs(Number(timestamp) - now) > CLOCK_SKEW) {
    throw new RobotRefusal(CODE.insecure, "invalid timestamp");
  }
}
