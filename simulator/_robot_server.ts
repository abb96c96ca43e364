/**
 * The common part of the simulated vendors whose robots are named in the address, and which refuse in HTTP 200.
 *
 * @module
 */
import type { Rate } from "../relay/channel.ts";
import type { CommonFault, Fault } from "./_faults.ts";
import type { Arrived } from "./_loopback.ts";
import { type Seen, serveVendor, type VendorOptions, type VendorServer } from "./_vendor_server.ts";

/** The answer of a vendor with an `errcode`, always in HTTP 200. */
export interface RobotAnswer {
  readonly errcode: number;
  readonly errmsg: string;
}

/** A robot in its group. */
export interface Posting<P, A> {
  /** The messages that the group sees, in order. */
  readonly messages: readonly P[];
  /** Post a message, or refuse it. */
  take(request: Arrived, now: number): A;
}

/** The definition of a simulated vendor. */
export interface Vendor<R, A, K extends string> {
  /** The robot that an address names; `null` when there is no such path at all. */
  readonly robotIn: (url: URL) => R | undefined | null;
  /** The refusals that do not depend on the robot. */
  readonly doorRefusalOf?: (request: Arrived) => A | undefined;
  /** The answer when there is no such robot. */
  readonly noSuchRobot: A;
  readonly faults: Readonly<Record<K | CommonFault, Fault>>;
}

/** The options of every robot simulator. */
export interface RobotServerOptions<P, K, A = RobotAnswer> extends VendorOptions<Seen<A, P, K>> {
  /** A quota of messages per robot, besides the vendor's own rates. */
  readonly quota?: Rate;
}

/** A running simulator. */
export interface RobotServer<P, K, R, A = RobotAnswer> extends VendorServer<Seen<A, P, K>, K> {
  /** @throws when there is no such robot. */
  robot(token: string): R;
}

/** Start a simulator on loopback. `robots`: the robots by their keys. */
export async function serveRobots<P, R extends Posting<P, A>, A, K extends string>(
  robots: ReadonlyMap<string, R>,
  { robotIn, doorRefusalOf = () => undefined, noSuchRobot, faults }: Vendor<R, A, K>,
  options: VendorOptions<Seen<A, P, K | CommonFault>>,
): Promise<RobotServer<P, K | CommonFault, R, A>> {
  const server = await serveVendor<A, P, K>({
    faults,
    decide: (request, now) => {
      const robot = robotIn(request.url);
      if (robot === null) return undefined;
      const before = robot?.messages.length ?? 0;
      const came = doorRefusalOf(request) ?? robot?.take(request, now) ?? noSuchRobot;
      return { came, posted: robot?.messages[before], reply: { json: came } };
    },
  }, options);
  return {
    ...server,
    robot: (token) => {
      const robot = robots.get(token);
      if (robot === undefined) throw new Error(`Cannot find robot: none has "${token}"`);
      return robot;
    },
  };
}
