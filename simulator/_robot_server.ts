/**
 * What the simulated vendors have in common whose robots are named in the query, and refuse in HTTP 200 with an
 * `errcode`.
 *
 * @module
 */
import type { ServerResponse } from "node:http";
import { answerWith, Arrivals, type Arrived, cut, type Place, serveLoopback } from "./_loopback.ts";

/** A vendor's answer, always in HTTP 200. */
export interface Answer {
  readonly errcode: number;
  readonly errmsg: string;
}

/** A robot in its group. */
export interface Posting<P> {
  /** What the group sees, in order. */
  readonly messages: readonly P[];
  /** Post what arrived, or refuse it. */
  take(request: Arrived, now: number): Answer;
}

/** A request and what was done with it. */
export interface Seen<P, K> extends Arrived {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The vendor's answer, or the fault that stood in for it. */
  readonly came: Answer | K;
  /** What the group sees because of it; nothing for a refusal. */
  readonly posted: P | undefined;
}

/** How a fault goes. */
export interface FaultOptions {
  /** How many requests it meets; default 1. */
  readonly times?: number;
  /** Of `5xx`: default 503. */
  readonly status?: number;
  /** Of `5xx`: headers, such as `retry-after`. */
  readonly headers?: Record<string, string>;
  /** Of `slow`: milliseconds for a byte; default 5. */
  readonly everyMs?: number;
  /** Of `errcode`; the default is the vendor's. */
  readonly errcode?: number;
  /** Of `errcode`. */
  readonly errmsg?: string;
}

/** What a fault does. `post` lets the robot take the message; `closing` aborts when the simulator closes. */
export type Fault = (
  response: ServerResponse,
  context: { options: FaultOptions; post: () => Answer; closing: AbortSignal },
) => void;

/** A vendor, as its simulator describes it. */
export interface Vendor<R, K extends string> {
  /** The only path that there is. */
  readonly path: string;
  /** The robot that a query names. */
  readonly robotIn: (query: URLSearchParams) => R | undefined;
  /** What is refused before it is asked which robot is meant. */
  readonly doorRefusalOf: (request: Arrived) => Answer | undefined;
  /** The answer when there is no such robot. */
  readonly noSuchRobot: Answer;
  readonly faults: Readonly<Record<K, Fault>>;
}

/** What every simulator takes. */
export interface RobotServerOptions<P, K> extends Place {
  /** Epoch milliseconds; default the machine's clock. */
  readonly now?: () => number;
  /** Called with each request once it is decided. */
  readonly onRequest?: (request: Seen<P, K>) => void;
}

/** A running simulator. */
export interface RobotServer<P, K> extends AsyncDisposable {
  /** The `base` of a destination. */
  readonly url: string;
  /** Every request, in the order of arrival. */
  readonly requests: readonly Seen<P, K>[];
  /** Let the next requests fail. Faults queue up. */
  fault(kind: K, options?: FaultOptions): void;
  /** Forget the faults that have not happened yet. */
  heal(): void;
  /** Resolves once `count` requests have arrived since the start. */
  arrived(count: number): Promise<void>;
  /** Stops; what hangs is cut. */
  close(): Promise<void>;
}

const JSON_TYPE = { "content-type": "application/json" };

/** Faults that any server can have. */
export const COMMON_FAULTS = {
  "5xx": (response, { options: { status = 503, headers = {} } }) =>
    answerWith(response, { status, headers, body: "upstream error" }),
  redirect: (response) => answerWith(response, { status: 302, headers: { location: "/login" } }),
  hang: () => {},
  cut,
  cut_after_post: (response, { post }) => {
    post();
    cut(response);
  },
  slow: (response, { options: { everyMs = 5 }, post, closing }) => {
    const bytes = new TextEncoder().encode(JSON.stringify(post()));
    response.writeHead(200, JSON_TYPE);
    let sent = 0;
    const timer = setInterval(() => {
      response.write(bytes.subarray(sent, ++sent));
      if (sent === bytes.length) response.end();
    }, everyMs);
    const stop = (): void => clearInterval(timer);
    response.once("close", stop);
    response.once("finish", stop);
    closing.addEventListener("abort", stop, { once: true });
  },
} satisfies Record<string, Fault>;

/** A fault that answers JSON and posts nothing. */
export function saying(json: unknown): Fault {
  return (response) => answerJson(response, json);
}

/** A fault that answers a page where JSON is meant. */
export function showing(page: string): Fault {
  return (response) => answerWith(response, { headers: { "content-type": "text/html" }, body: page });
}

/** A fault that refuses as it is told to, or else with this answer. */
export function refusing(usual: Answer): Fault {
  return (response, { options: { errcode = usual.errcode, errmsg = usual.errmsg } }) =>
    answerJson(response, { errcode, errmsg });
}

/** Start a simulator on loopback. */
export async function serveRobots<P, R extends Posting<P>, K extends string>(
  { path, robotIn, doorRefusalOf, noSuchRobot, faults: table }: Vendor<R, K>,
  { now = Date.now, onRequest = () => {}, port, hostname }: RobotServerOptions<P, K>,
): Promise<RobotServer<P, K>> {
  const requests: Seen<P, K>[] = [];
  const arrivals = new Arrivals();
  const closing = new AbortController();
  let faults: { kind: K; options: FaultOptions; left: number }[] = [];

  const nextFault = (): { kind: K; options: FaultOptions } | undefined => {
    const [fault] = faults;
    if (fault !== undefined && --fault.left <= 0) faults.shift();
    return fault;
  };

  const loopback = await serveLoopback((request, response) => {
    if (request.url.pathname !== path) return answerWith(response, { status: 404, body: "not found" });
    const at = now();
    response.setHeader("date", new Date(at).toUTCString());
    let posted: P | undefined;
    const post = (): Answer => {
      const robot = robotIn(request.url.searchParams);
      const before = robot?.messages.length ?? 0;
      const answer = doorRefusalOf(request) ?? robot?.take(request, at) ?? noSuchRobot;
      posted = robot?.messages[before];
      return answer;
    };
    const seen = (came: Answer | K): void => {
      requests.push({ ...request, at, came, posted });
      arrivals.add();
      onRequest(requests.at(-1)!);
    };
    const fault = nextFault();
    if (fault === undefined) {
      const answer = post();
      seen(answer);
      return answerJson(response, answer);
    }
    table[fault.kind](response, { options: fault.options, post, closing: closing.signal });
    seen(fault.kind);
  }, { port, hostname });

  const close = async (): Promise<void> => {
    closing.abort();
    await loopback.close();
  };

  return {
    url: loopback.url,
    requests,
    fault: (kind, { times = 1, ...options } = {}) => void faults.push({ kind, options, left: times }),
    heal: () => void (faults = []),
    arrived: (count) => arrivals.reach(count),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** JSON in valid UTF-8; `undefined` when it is none. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

function answerJson(response: ServerResponse, json: unknown): void {
  answerWith(response, { headers: JSON_TYPE, body: JSON.stringify(json) });
}
