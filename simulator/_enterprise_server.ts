/**
 * The common part of the simulated vendors with many calls and a token: calls by their path, faults for all of them or for
 * one.
 *
 * @module
 */
import { COMMON_FAULTS, type CommonFault, type FaultOptions, type VendorReply } from "./_faults.ts";
import type { Arrived } from "./_loopback.ts";
import { jsonOf, type Seen, serveVendor, type VendorOptions, type VendorServer } from "./_vendor_server.ts";

export type { FaultOptions as CallFaultOptions, VendorReply };

/** The failures of such a vendor, or of the connection to it. `answer` is in the vendor's own format. */
export type CallFaultKind = CommonFault;

/** A request and its outcome. */
export type SeenCall = Seen<VendorReply, undefined, CallFaultKind>;

/** The input of a call. */
export interface CallContext {
  /** The body's JSON. */
  readonly json: unknown;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly now: number;
}

/** Calls by method and path, such as `POST /chat/send`. */
export type Calls = Readonly<Record<string, (context: CallContext) => VendorReply>>;

/** The options of every such simulator. */
export type EnterpriseOptions = VendorOptions<SeenCall>;

/** A running simulator. */
export interface EnterpriseServer extends VendorServer<SeenCall, CallFaultKind> {
  /** The requests to a path. */
  calls(path: string): readonly SeenCall[];
}

/**
 * Start a simulator. `callOf`: the call of a path that contains an id; `hostOf`: the host of a path, which a request
 * may name in `x-forwarded-host`.
 */
export async function serveCalls(
  { calls, callOf = () => undefined, doorRefusalOf, hostOf }: {
    calls: Calls;
    callOf?: (method: string, path: string) => Calls[string] | undefined;
    /** The refusals before the call itself is examined. */
    doorRefusalOf: (request: Arrived, now: number) => VendorReply | undefined;
    hostOf: (path: string) => string;
  },
  options: EnterpriseOptions,
): Promise<EnterpriseServer> {
  const replyTo = (request: Arrived, now: number): VendorReply => {
    const { method, url: { pathname, searchParams: query }, headers, body } = request;
    const call = calls[`${method} ${pathname}`] ?? callOf(method, pathname);
    const host = headers.get("x-forwarded-host");
    if (call === undefined || host !== null && host !== hostOf(pathname)) {
      return { status: 404, json: { message: "not found" } };
    }
    return doorRefusalOf(request, now) ?? call({ json: jsonOf(body), query, headers, now });
  };
  const server = await serveVendor<VendorReply, undefined, CallFaultKind>({
    faults: COMMON_FAULTS,
    decide: (request, now) => {
      const reply = replyTo(request, now);
      return { came: reply, reply };
    },
  }, options);
  return { ...server, calls: (path) => server.requests.filter((request) => request.path === path) };
}

/** The tokens of an app: a valid token is returned again, with a longer life. */
export class AppTokens {
  readonly #prefix: string;
  #count = 0;
  #token = "";
  #until = 0;
  readonly #old = new Set<string>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The life of a token, in milliseconds. */
  static readonly LIFE = 7_200_000;

  /** Return the current token. */
  give(now: number): string {
    if (now >= this.#until) this.revoke();
    if (this.#token === "") this.#token = `${this.#prefix}-${++this.#count}+/=`;
    this.#until = now + AppTokens.LIFE;
    return this.#token;
  }

  /** The error of a token. */
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
