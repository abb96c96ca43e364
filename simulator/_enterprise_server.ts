/**
 * What the simulated vendors have in common that have many calls behind a token: calls by their path, faults for all
 * of them or for one.
 *
 * @module
 */
import type { ServerResponse } from "node:http";
import { answerWith, Arrivals, type Arrived, type Place, serveLoopback } from "./_loopback.ts";
import { COMMON_FAULTS, type Fault, type FaultOptions, jsonOf, showing } from "./_robot_server.ts";

/** A vendor's answer. */
export interface Reply {
  /** Default 200. */
  readonly status?: number;
  readonly json: unknown;
}

/** A request, and what was done with it. */
export interface SeenCall<K> extends Arrived {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly path: string;
  /** The vendor's answer, or the fault that stood in for it. */
  readonly came: Reply | K;
}

/** What a call works with. */
export interface CallContext {
  /** The body's JSON. */
  readonly json: unknown;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly now: number;
}

/** Calls by method and path, such as `POST /chat/send`. */
export type Calls = Readonly<Record<string, (context: CallContext) => Reply>>;

/** How a fault goes. */
export interface CallFaultOptions extends FaultOptions {
  /** The path that it meets; default: any. */
  readonly path?: string;
  /** Of `answer`. */
  readonly reply?: Reply;
}

/** What every such simulator takes. */
export interface EnterpriseOptions<K> extends Place {
  /** Epoch milliseconds; default the machine's clock. */
  readonly now?: () => number;
  /** Called with each request once it is decided. */
  readonly onRequest?: (request: SeenCall<K>) => void;
}

/** A running simulator. */
export interface EnterpriseServer<K> extends AsyncDisposable {
  /** The `base` of a destination. */
  readonly url: string;
  /** Every request, in the order of arrival. */
  readonly requests: readonly SeenCall<K>[];
  /** The requests to a path. */
  calls(path: string): readonly SeenCall<K>[];
  /** Let the next requests fail. Faults queue up. */
  fault(kind: K, options?: CallFaultOptions): void;
  /** Forget the faults that have not happened yet. */
  heal(): void;
  /** Resolves once `count` requests have arrived since the start. */
  arrived(count: number): Promise<void>;
  /** Stops; what hangs is cut. */
  close(): Promise<void>;
}

/**
 * How such a vendor, or the way to it, can fail:
 *
 * - `answer`: any answer of one's own; `html`: a page instead of one; `5xx`: an HTTP status without the vendor's JSON;
 *   `redirect`: 302 to a login page
 * - `hang`: never answers; `cut`: the connection breaks before anything is done; `cut_after_post`: it is done, and the
 *   answer is lost; `slow`: it is done, and the answer comes byte by byte
 */
export type CallFaultKind = keyof typeof CALL_FAULTS;

const CALL_FAULTS = {
  ...COMMON_FAULTS,
  html: showing("<!DOCTYPE html><html><head><title>login</title></head><body></body></html>"),
  answer: (response, { options }) => {
    const { reply = { json: {} } } = options as CallFaultOptions;
    answerJson(response, reply);
  },
} satisfies Record<string, Fault>;

/** Start a simulator. `hostOf`: where a path belongs, which a request may name in `x-forwarded-host`. */
export async function serveCalls(
  { calls, doorRefusalOf, hostOf }: {
    calls: Calls;
    /** What is refused before the call itself is looked at. */
    doorRefusalOf: (request: Arrived, now: number) => Reply | undefined;
    hostOf: (path: string) => string;
  },
  { now = Date.now, onRequest = () => {}, port, hostname }: EnterpriseOptions<CallFaultKind>,
): Promise<EnterpriseServer<CallFaultKind>> {
  const requests: SeenCall<CallFaultKind>[] = [];
  const arrivals = new Arrivals();
  const closing = new AbortController();
  let faults: { kind: CallFaultKind; options: CallFaultOptions; left: number }[] = [];

  const nextFault = (path: string): { kind: CallFaultKind; options: CallFaultOptions } | undefined => {
    const fault = faults.find(({ options }) => options.path === undefined || options.path === path);
    if (fault !== undefined && --fault.left <= 0) faults = faults.filter((other) => other !== fault);
    return fault;
  };

  const loopback = await serveLoopback((request, response) => {
    const path = request.url.pathname;
    const at = now();
    response.setHeader("date", new Date(at).toUTCString());
    response.setHeader("connection", "close"); // on one that is used again, fetch by itself repeats what was cut
    const decide = (): Reply => {
      const call = calls[`${request.method} ${path}`];
      const host = request.headers.get("x-forwarded-host");
      if (call === undefined || host !== null && host !== hostOf(path)) {
        return { status: 404, json: { message: "not found" } };
      }
      const { url: { searchParams: query }, headers, body } = request;
      return doorRefusalOf(request, at) ?? call({ json: jsonOf(body), query, headers, now: at });
    };
    const seen = (came: Reply | CallFaultKind): void => {
      requests.push({ ...request, at, path, came });
      arrivals.add();
      onRequest(requests.at(-1)!);
    };
    const fault = nextFault(path);
    if (fault === undefined) {
      const reply = decide();
      seen(reply);
      return answerJson(response, reply);
    }
    const kinds: Readonly<Record<CallFaultKind, Fault>> = CALL_FAULTS;
    const post = (): ReturnType<Parameters<Fault>[1]["post"]> =>
      decide().json as { errcode: number; errmsg: string };
    kinds[fault.kind](response, { options: fault.options, post, closing: closing.signal });
    seen(fault.kind);
  }, { port, hostname });

  const close = async (): Promise<void> => {
    closing.abort();
    await loopback.close();
  };

  return {
    url: loopback.url,
    requests,
    calls: (path) => requests.filter((request) => request.path === path),
    fault: (kind, { times = 1, ...options } = {}) => void faults.push({ kind, options, left: times }),
    heal: () => void (faults = []),
    arrived: (count) => arrivals.reach(count),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The tokens of an app: the same one while it is good, which asking again prolongs. */
export class Tokens {
  readonly #prefix: string;
  #count = 0;
  #token = "";
  #until = 0;
  readonly #old = new Set<string>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Milliseconds that a token lives. */
  static readonly LIFE = 7_200_000;

  /** The token to give out. */
  give(now: number): string {
    if (now >= this.#until) this.revoke();
    if (this.#token === "") this.#token = `${this.#prefix}-${++this.#count}+/=`;
    this.#until = now + Tokens.LIFE;
    return this.#token;
  }

  /** What is wrong with a token. */
  check(token: string | null, now: number): "missing" | "expired" | "unknown" | undefined {
    if (!token) return "missing";
    if (token === this.#token && this.#token !== "") return now < this.#until ? undefined : "expired";
    return this.#old.has(token) ? "expired" : "unknown";
  }

  /** End the token early, as vendors do. */
  revoke(): void {
    if (this.#token !== "") this.#old.add(this.#token);
    this.#token = "";
  }
}

/** Whether a content type is JSON in UTF-8. */
export function isJson(headers: Headers): boolean {
  return /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(headers.get("content-type") ?? "");
}

/** Counts what happens within a minute. */
export class Minute {
  #times: number[] = [];

  /** Whether one more is within `most` a minute; then it counts. */
  has(most: number, now: number): boolean {
    this.#times = this.#times.filter((at) => at > now - 60_000);
    if (this.#times.length >= most) return false;
    this.#times.push(now);
    return true;
  }
}

function answerJson(response: ServerResponse, { status = 200, json }: Reply): void {
  answerWith(response, {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(json),
  });
}
