/**
 * A strict WeCom on loopback: what it takes, the real one takes too. For tests, and for trying a destination without a
 * vendor.
 *
 * @module
 */
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
import { doorRefusalOf, NO_SUCH_KEY, type Posted, refusal, Robot, TOO_FAST } from "./_wecom_robot.ts";

export type { Answer, FaultOptions, Posted, Robot };

/** What {@linkcode startWeCom} needs. The clock drives the budget of 20 a minute. */
export interface WeComOptions extends RobotServerOptions<Posted, FaultKind> {
  /** The keys of the robots. */
  readonly robots: readonly string[];
}

/** A request and what was done with it. */
export type SeenRequest = Seen<Posted, FaultKind>;

/**
 * How WeCom, or the way to it, can fail:
 *
 * - `throttle`: 45009, over 20 a minute; `concurrent`: 45033; `busy`: errcode -1
 * - `removed`: the robot is gone; `errcode`: any other refusal
 * - `html`: a page instead of an answer; `5xx`: an HTTP status without WeCom's JSON; `redirect`: 302 to a login page
 * - `hang`: never answers; `cut`: the connection breaks before anything is posted; `cut_after_post`: it is posted, and
 *   the answer is lost; `slow`: it is posted, and the answer comes byte by byte
 */
export type FaultKind = keyof typeof FAULTS;

/** A running simulator. */
export interface WeCom extends RobotServer<Posted, FaultKind> {
  /** @throws when there is no such robot. */
  robot(key: string): Robot;
}

const FAULTS = {
  ...COMMON_FAULTS,
  throttle: saying(TOO_FAST),
  concurrent: saying(refusal(45033, "api concurrent out of limit")),
  busy: saying(refusal(-1, "system busy")),
  removed: saying(NO_SUCH_KEY),
  errcode: refusing(refusal(40058, "invalid Request Parameter")),
  html: showing("<!DOCTYPE html><html><head><title>login</title></head><body></body></html>"),
} satisfies Record<string, Fault>;

/**
 * Start the simulator.
 *
 * @example
 * ```ts
 * await using wecom = await startWeCom({ robots: ["key"] });
 * wecom.fault("throttle", { times: 2 });
 * // … the third request is taken:
 * wecom.robot("key").messages;
 * ```
 */
export async function startWeCom({ robots, ...options }: WeComOptions): Promise<WeCom> {
  const byKey = new Map(robots.map((key) => [key, new Robot(key)]));
  const server = await serveRobots<Posted, Robot, FaultKind>({
    path: "/cgi-bin/webhook/send",
    robotIn: (query) => byKey.get(query.get("key") ?? ""),
    doorRefusalOf,
    noSuchRobot: NO_SUCH_KEY,
    faults: FAULTS,
  }, options);
  return {
    ...server,
    robot: (key) => {
      const robot = byKey.get(key);
      if (robot === undefined) throw new Error(`Cannot find robot: no key "${key}"`);
      return robot;
    },
  };
}
