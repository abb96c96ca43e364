/**
 * A strict DingTalk on loopback: what it takes, the real one takes too. For tests, and for trying a destination
 * without a vendor.
 *
 * @module
 */
import type { ServerResponse } from "node:http";
import {
  type Answer,
  doorRefusalOf,
  NO_SUCH_TOKEN,
  type Posted,
  refusal,
  Robot,
  type RobotSetup,
} from "./_dingtalk_robot.ts";
import { answerWith, Arrivals, type Arrived, cut, type Place, serveLoopback } from "./_loopback.ts";

export type { Answer, Posted, Robot, RobotSetup };

/** What {@linkcode startDingTalk} needs. */
export interface DingTalkOptions extends Place {
  readonly robots: readonly RobotSetup[];
  /** Epoch milliseconds; default the machine's clock. It drives the budget of 20 a minute and the signature's hour. */
  readonly now?: () => number;
  /** Called with each request once it is decided. */
  readonly onRequest?: (request: SeenRequest) => void;
}

/** A request and what was done with it. */
export interface SeenRequest extends Arrived {
  /** Epoch milliseconds. */
  readonly at: number;
  /** DingTalk's answer, or the fault that stood in for it. */
  readonly came: Answer | FaultKind;
  /** What the group sees because of it: nothing for a refusal, or for a `msgUuid` that was posted before. */
  readonly posted: Posted | undefined;
}

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
  /** Of `errcode`; default 430102. */
  readonly errcode?: number;
  /** Of `errcode`. */
  readonly errmsg?: string;
}

/** A running simulator. */
export interface DingTalk extends AsyncDisposable {
  /** The `base` of a destination. */
  readonly url: string;
  /** Every request, in the order of arrival. */
  readonly requests: readonly SeenRequest[];
  /** @throws when there is no such robot. */
  robot(token: string): Robot;
  /** Let the next requests fail. Faults queue up. */
  fault(kind: FaultKind, options?: FaultOptions): void;
  /** Forget the faults that have not happened yet. */
  heal(): void;
  /** Resolves once `count` requests have arrived since the start. */
  arrived(count: number): Promise<void>;
  /** Stops; what hangs is cut. */
  close(): Promise<void>;
}

/** What a fault does. `post` lets the robot take the message; `closing` aborts when the simulator closes. */
type Fault = (
  response: ServerResponse,
  context: { options: FaultOptions; post: () => Answer; closing: AbortSignal },
) => void;

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
  "130101": saying(TOO_FAST),
  "410100": saying(refusal(410100, "发送速度太快而限流")),
  gateway: saying(PUNISHED),
  merged: saying({ ...PUNISHED, ...TOO_FAST }),
  html: (response) => answerWith(response, { headers: { "content-type": "text/html" }, body: PAGE }),
  busy: saying(refusal(-1, "系统繁忙")),
  removed: saying(NO_SUCH_TOKEN),
  errcode: (response, { options: { errcode = 430102, errmsg = "不合适的文本" } }) =>
    answerJson(response, refusal(errcode, errmsg)),
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

const JSON_TYPE = { "content-type": "application/json" };

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
export async function startDingTalk(
  { robots, now = Date.now, onRequest = () => {}, port, hostname }: DingTalkOptions,
): Promise<DingTalk> {
  const byToken = new Map(robots.map((setup) => [setup.token, new Robot(setup)]));
  const requests: SeenRequest[] = [];
  const arrivals = new Arrivals();
  const closing = new AbortController();
  let faults: { kind: FaultKind; options: FaultOptions; left: number }[] = [];

  const nextFault = (): { kind: FaultKind; options: FaultOptions } | undefined => {
    const [fault] = faults;
    if (fault !== undefined && --fault.left <= 0) faults.shift();
    return fault;
  };

  const decide = (request: Arrived, at: number): { answer: Answer; posted: Posted | undefined } => {
    const robot = byToken.get(request.url.searchParams.get("access_token") ?? "");
    const before = robot?.messages.length ?? 0;
    const answer = doorRefusalOf(request) ?? robot?.take(request, at) ?? NO_SUCH_TOKEN;
    return { answer, posted: robot?.messages[before] };
  };

  const loopback = await serveLoopback((request, response) => {
    if (request.url.pathname !== "/robot/send") {
      return answerWith(response, { status: 404, body: "not found" });
    }
    const at = now();
    response.setHeader("date", new Date(at).toUTCString());
    let posted: Posted | undefined;
    const post = (): Answer => {
      const decided = decide(request, at);
      posted = decided.posted;
      return decided.answer;
    };
    const seen = (came: Answer | FaultKind): void => {
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
    const run: Fault = FAULTS[fault.kind];
    run(response, { options: fault.options, post, closing: closing.signal });
    seen(fault.kind);
  }, { port, hostname });

  const close = async (): Promise<void> => {
    closing.abort();
    await loopback.close();
  };

  return {
    url: loopback.url,
    requests,
    robot: (token) => {
      const robot = byToken.get(token);
      if (robot === undefined) throw new Error(`Cannot find robot: no token "${token}"`);
      return robot;
    },
    fault: (kind, { times = 1, ...options } = {}) => void faults.push({ kind, options, left: times }),
    heal: () => void (faults = []),
    arrived: (count) => arrivals.reach(count),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function saying(json: unknown): Fault {
  return (response) => answerJson(response, json);
}

function answerJson(response: ServerResponse, json: unknown): void {
  answerWith(response, { headers: JSON_TYPE, body: JSON.stringify(json) });
}
