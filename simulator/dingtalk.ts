/**
 * A strict DingTalk on loopback: the real DingTalk accepts every message that this one accepts. For tests, and for
 * trying a destination without a vendor.
 *
 * @module
 */
import {
  type DingTalkPost,
  DingTalkRobot,
  doorRefusalOf,
  NO_SUCH_TOKEN,
  refusal,
  type RobotSetup,
  TOO_FAST,
} from "./_dingtalk_robot.ts";
import {
  COMMON_FAULTS,
  type CommonFault,
  type Fault,
  type FaultOptions,
  refusing,
  saying,
  showing,
} from "./_faults.ts";
import { type RobotAnswer, type RobotServer, type RobotServerOptions, serveRobots } from "./_robot_server.ts";
import type { Seen } from "./_vendor_server.ts";

export type { DingTalkPost, DingTalkRobot, FaultOptions, RobotAnswer, RobotSetup };

/**
 * The options of {@linkcode startDingTalk}. The clock drives the budget of 20 a minute and the signature's hour.
 */
export interface DingTalkOptions extends RobotServerOptions<DingTalkPost, DingTalkFault> {
  readonly robots: readonly RobotSetup[];
}

/** A request and its outcome. Nothing is posted for a `msgUuid` that was posted before. */
export type DingTalkRequest = Seen<RobotAnswer, DingTalkPost, DingTalkFault>;

/**
 * The failures of DingTalk, or of the connection to it: those of every vendor, and
 *
 * - `throttle` (130101), `410100`: the robot is throttled; `gateway`: the address is, as JSON; `html`: as a page;
 *   `merged`: both in one object
 * - `busy`: errcode -1; `removed`: the robot is gone; `errcode`: any other refusal
 */
export type DingTalkFault = keyof typeof FAULTS | CommonFault;

/** A running simulator. */
export type DingTalk = RobotServer<DingTalkPost, DingTalkFault, DingTalkRobot>;

const PAGE =
  "<!DOCTYPE html><html><head><title>亲，访问被拒绝</title></head><body>punish: deny</body></html>";

/** Third parties have seen these answers: https://open.dingtalk.com/document/orgapp/call-frequency-limit has their cause. */
const PUNISHED = {
  status: 1111,
  wait: 5,
  source: "x5",
  punish: "deny",
  uuid: "0123456789abcdef0123456789abcdef",
};

const FAULTS = {
  ...COMMON_FAULTS,
  throttle: saying(TOO_FAST),
  "410100": saying(refusal(410100, "发送速度太快而限流")),
  gateway: saying(PUNISHED),
  merged: saying({ ...PUNISHED, ...TOO_FAST }),
  html: showing(PAGE),
  busy: saying(refusal(-1, "系统繁忙")),
  removed: saying(NO_SUCH_TOKEN),
  errcode: refusing(refusal(430102, "不合适的文本")),
} satisfies Record<string, Fault>;

/**
 * Start the simulator.
 *
 * @example
 * ```ts
 * await using dingtalk = await startDingTalk({ robots: [{ token: "t", secret: "SEC1" }] });
 * dingtalk.fault("gateway", { times: 2 });
 * // … the third request is accepted:
 * dingtalk.robot("t").messages;
 * ```
 */
export async function startDingTalk({ robots, quota, ...options }: DingTalkOptions): Promise<DingTalk> {
  const byToken = new Map(robots.map((setup) => [setup.token, new DingTalkRobot(setup, quota)]));
  return await serveRobots(byToken, {
    robotIn: ({ pathname, searchParams }) =>
      pathname === "/robot/send" ? byToken.get(searchParams.get("access_token") ?? "") : null,
    doorRefusalOf,
    noSuchRobot: NO_SUCH_TOKEN,
    faults: FAULTS,
  }, options);
}
