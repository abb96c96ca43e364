/**
 * A strict DingTalk on loopback: what it takes, the real one takes too. For tests, and for trying a destination
 * without a vendor.
 *
 * @module
 */
import {
  doorRefusalOf,
  NO_SUCH_TOKEN,
  type Posted,
  refusal,
  Robot,
  type RobotSetup,
} from "./_dingtalk_robot.ts";
import {
  type Answer,
  COMMON_FAULTS,
  type Fault,
  type FaultOptions,
  refusing,
  type RobotServer,
  type RobotServerOptions,
  saying,
  type Seen,
  serveRobots,
  showing,
} from "./_robot_server.ts";

export type { Answer, FaultOptions, Posted, Robot, RobotSetup };

/**
 * What {@linkcode startDingTalk} needs. The clock drives the budget of 20 a minute and the signature's hour.
 */
export interface DingTalkOptions extends RobotServerOptions<Posted, FaultKind> {
  readonly robots: readonly RobotSetup[];
}

/** A request and what was done with it. Nothing is posted for a `msgUuid` that was posted before. */
export type SeenRequest = Seen<Posted, FaultKind>;

/**
 * How DingTalk, or the way to it, can fail:
 *
 * - `130101`, `410100`: the robot is throttled; `gateway`: the address is, as JSON; `merged`: both in one object;
 *   `html`: as a page
 * - `busy`: errcode -1; `removed`: the robot is gone; `errcode`: any other refusal
 * - `5xx`: an HTTP status without DingTalk's JSON; `redirect`: 302 to a login page
 * - `hang`: never answers; `cut`: the connection breaks before anything is posted; `cut_after_post`: it is posted, and
 *   the answer is lost; `slow`: it is posted, and the answer comes byte by byte
 */
export type FaultKind = keyof typeof FAULTS;

/** A running simulator. */
export interface DingTalk extends RobotServer<Posted, FaultKind> {
  /** @throws when there is no such robot. */
  robot(token: string): Robot;
}

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
const TOO_FAST: Answer = refusal(130101, "send too fast, exceed 20 times per minute");

const FAULTS = {
  ...COMMON_FAULTS,
  "130101": saying(TOO_FAST),
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
 * // … the third request is taken:
 * dingtalk.robot("t").messages;
 * ```
 */
export async function startDingTalk({ robots, ...options }: DingTalkOptions): Promise<DingTalk> {
  const byToken = new Map(robots.map((setup) => [setup.token, new Robot(setup)]));
  const server = await serveRobots<Posted, Robot, FaultKind>({
    path: "/robot/send",
    robotIn: (query) => byToken.get(query.get("access_token") ?? ""),
    doorRefusalOf,
    noSuchRobot: NO_SUCH_TOKEN,
    faults: FAULTS,
  }, options);
  return {
    ...server,
    robot: (token) => {
      const robot = byToken.get(token);
      if (robot === undefined) throw new Error(`Cannot find robot: no token "${token}"`);
      return robot;
    },
  };
}
