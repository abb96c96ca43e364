/**
 * A strict Feishu on loopback: the real Feishu accepts every message that this one accepts. For tests, and for trying
 * a destination without a vendor.
 *
 * @module
 */
import { COMMON_FAULTS, type CommonFault, type Fault, type FaultOptions, saying } from "./_faults.ts";
import {
  type FeishuAnswer,
  type FeishuPosted,
  type FeishuRobot,
  NO_SUCH_ROBOT,
  Robot,
  say,
  TOO_FAST,
} from "./_feishu_robot.ts";
import { type RobotServer, type RobotServerOptions, serveRobots } from "./_robot_server.ts";
import type { Seen } from "./_vendor_server.ts";

export type { FaultOptions, FeishuAnswer, FeishuPosted, FeishuRobot, Robot };

/** The options of {@linkcode startFeishu}. The clock drives the budgets and the signature's hour. */
export interface FeishuOptions extends RobotServerOptions<FeishuPosted, FeishuFault, FeishuAnswer> {
  readonly robots: readonly FeishuRobot[];
}

/** A request and its outcome. */
export type FeishuRequest = Seen<FeishuAnswer, FeishuPosted, FeishuFault>;

/**
 * The failures of Feishu, or of the connection to it: those of every vendor, and
 *
 * - `throttle`: 11232; `gateway`: 99991400 in HTTP 400, with a wait of 42 seconds
 * - `removed`: the robot is gone; `payload`: the content is refused
 */
export type FeishuFault = keyof typeof FAULTS | CommonFault;

/** A running simulator. */
export interface Feishu extends RobotServer<FeishuPosted, FeishuFault, Robot, FeishuAnswer> {
  /** The messages that all groups see, in order. */
  readonly messages: readonly FeishuPosted[];
}

const FAULTS = {
  ...COMMON_FAULTS,
  throttle: saying(TOO_FAST),
  gateway: saying(say(99991400, "request trigger frequency limit"), {
    status: 400,
    headers: { "x-ogw-ratelimit-reset": "42" },
  }),
  removed: saying(NO_SUCH_ROBOT),
  payload: saying(say(9499, "Bad Request"), { status: 400 }),
} satisfies Record<string, Fault>;

/**
 * Start the simulator.
 *
 * @example
 * ```ts
 * await using feishu = await startFeishu({ robots: [{ token: "t", secret: "s" }] });
 * feishu.fault("throttle", { times: 2 });
 * // … the third request is accepted:
 * feishu.robot("t").messages;
 * ```
 */
export async function startFeishu({ robots, quota, ...options }: FeishuOptions): Promise<Feishu> {
  const messages: FeishuPosted[] = [];
  const onPost = (posted: FeishuPosted): void => void messages.push(posted);
  const byToken = new Map(robots.map((setup) => [setup.token, new Robot(setup, { quota, onPost })]));
  const server = await serveRobots(byToken, {
    robotIn: ({ pathname }) => {
      const [, token] = /^\/open-apis\/bot\/v2\/hook\/([^/]+)$/.exec(pathname) ?? [];
      return token === undefined ? null : byToken.get(decodeURIComponent(token));
    },
    noSuchRobot: NO_SUCH_ROBOT,
    faults: FAULTS,
  }, options);
  return { ...server, messages };
}
