/**
 * A strict WeCom on loopback: the real WeCom accepts every message that this one accepts. For tests, and for trying a
 * destination without a vendor.
 *
 * @module
 */
import {
  COMMON_FAULTS,
  type CommonFault,
  type Fault,
  type FaultOptions,
  refusing,
  saying,
} from "./_faults.ts";
import { type RobotAnswer, type RobotServer, type RobotServerOptions, serveRobots } from "./_robot_server.ts";
import type { Seen } from "./_vendor_server.ts";
import { doorRefusalOf, NO_SUCH_KEY, refusal, TOO_FAST, type WeComPost, WeComRobot } from "./_wecom_robot.ts";

export type { FaultOptions, RobotAnswer, WeComPost, WeComRobot };

/** The options of {@linkcode startWeCom}. The clock drives the budget of 20 a minute. */
export interface WeComOptions extends RobotServerOptions<WeComPost, WeComFault> {
  /** The keys of the robots. */
  readonly robots: readonly string[];
}

/** A request and its outcome. */
export type WeComRequest = Seen<RobotAnswer, WeComPost, WeComFault>;

/**
 * The failures of WeCom, or of the connection to it: those of every vendor, and
 *
 * - `throttle`: 45009, over 20 a minute; `concurrent`: 45033; `busy`: errcode -1
 * - `removed`: the robot is gone; `errcode`: any other refusal
 */
export type WeComFault = keyof typeof FAULTS | CommonFault;

/** A running simulator. */
export type WeCom = RobotServer<WeComPost, WeComFault, WeComRobot>;

const FAULTS = {
  ...COMMON_FAULTS,
  throttle: saying(TOO_FAST),
  concurrent: saying(refusal(45033, "api concurrent out of limit")),
  busy: saying(refusal(-1, "system busy")),
  removed: saying(NO_SUCH_KEY),
  errcode: refusing(refusal(40058, "invalid Request Parameter")),
} satisfies Record<string, Fault>;

/**
 * Start the simulator.
 *
 * @example
 * ```ts
 * await using wecom = await startWeCom({ robots: ["key"] });
 * wecom.fault("throttle", { times: 2 });
 * // … the third request is accepted:
 * wecom.robot("key").messages;
 * ```
 */
export async function startWeCom({ robots, quota, ...options }: WeComOptions): Promise<WeCom> {
  const byKey = new Map(robots.map((key) => [key, new WeComRobot(key, quota)]));
  return await serveRobots(byKey, {
    robotIn: ({ pathname, searchParams }) =>
      pathname === "/cgi-bin/webhook/send" ? byKey.get(searchParams.get("key") ?? "") : null,
    doorRefusalOf,
    noSuchRobot: NO_SUCH_KEY,
    faults: FAULTS,
  }, options);
}
