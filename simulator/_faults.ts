/**
 * Deliberate failures of a simulated vendor, or of the connection to it.
 *
 * @module
 */
import type { ServerResponse } from "node:http";
import { answerWith, cut } from "./_loopback.ts";

/** A vendor's answer. */
export interface VendorReply {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly json: unknown;
  /** Instead of JSON, for a vendor that answers with a word. */
  readonly word?: string;
}

/** The options of a fault. */
export interface FaultOptions {
  /** The number of affected requests; default 1. */
  readonly times?: number;
  /** The affected path; default: any. */
  readonly path?: string;
  /** For `5xx`: default 503. */
  readonly status?: number;
  /** For `5xx` and `429`: headers, such as `retry-after`. */
  readonly headers?: Record<string, string>;
  /** For `slow`: milliseconds for a byte; default 5. */
  readonly everyMs?: number;
  /** For `errcode`; the default is the vendor's. */
  readonly errcode?: number;
  /** For `errcode`. */
  readonly errmsg?: string;
  /** For `answer`. */
  readonly reply?: VendorReply;
}

/** The behaviour of a fault. `post` lets the vendor accept the request; `closing` aborts when the simulator closes. */
export type Fault = (
  response: ServerResponse,
  context: { options: FaultOptions; post: () => VendorReply; closing: AbortSignal },
) => void;

/** The faults that every vendor can have. */
export type CommonFault = keyof typeof COMMON_FAULTS;

/**
 * Faults that any vendor can have:
 *
 * - `429`: a throttle by its HTTP status; `5xx`: another one; both without the vendor's JSON
 * - `html`: a page instead of an answer; `redirect`: 302 to a login page; `answer`: any given answer
 * - `hang`: never answers; `cut`: the connection breaks before anything is posted; `cut_after_post`: it is posted, and
 *   the answer is lost; `slow`: it is posted, and the answer comes byte by byte
 */
export const COMMON_FAULTS = {
  "429": (response, { options: { headers = {} } }) =>
    answerWith(response, { status: 429, headers, body: "too many requests" }),
  "5xx": (response, { options: { status = 503, headers = {} } }) =>
    answerWith(response, { status, headers, body: "upstream error" }),
  html: showing("<!DOCTYPE html><html><head><title>login</title></head><body></body></html>"),
  redirect: (response) => answerWith(response, { status: 302, headers: { location: "/login" } }),
  answer: (response, { options: { reply = { json: {} } } }) => answerJson(response, reply),
  hang: () => {},
  cut,
  cut_after_post: (response, { post }) => {
    post();
    cut(response);
  },
  slow: (response, { options: { everyMs = 5 }, post, closing }) => {
    const bytes = new TextEncoder().encode(bodyOf(post()));
    response.writeHead(200, { "content-type": "application/json" });
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
export function saying(
  json: unknown,
  how: { status?: number; headers?: Record<string, string> } = {},
): Fault {
  return (response) => answerJson(response, { json, ...how });
}

/** A fault that answers with a page instead of JSON. */
export function showing(page: string): Fault {
  return (response) => answerWith(response, { headers: { "content-type": "text/html" }, body: page });
}

/** A fault that refuses with its `errcode`, or else with this answer. */
export function refusing(usual: { errcode: number; errmsg: string }): Fault {
  return (response, { options: { errcode = usual.errcode, errmsg = usual.errmsg } }) =>
    answerJson(response, { json: { errcode, errmsg } });
}

/** Send an answer. */
export function answerJson(response: ServerResponse, reply: VendorReply): void {
  const type = reply.word === undefined ? "application/json" : "text/html";
  answerWith(response, {
    status: reply.status ?? 200,
    headers: { "content-type": type, ...reply.headers },
    body: bodyOf(reply),
  });
}

function bodyOf({ json, word }: VendorReply): string {
  return word ?? JSON.stringify(json);
}

/** The queue of faults. */
export class Faults<K extends string> {
  #queue: { kind: K; options: FaultOptions; left: number }[] = [];

  /** Add a fault. */
  add(kind: K, { times = 1, ...options }: FaultOptions = {}): void {
    this.#queue.push({ kind, options, left: times });
  }

  /** Apply a fault before any other, until {@linkcode heal}. */
  always(kind: K): void {
    this.#queue.unshift({ kind, options: {}, left: Infinity });
  }

  /** Remove the faults that have not happened yet. */
  heal(): void {
    this.#queue = [];
  }

  /** The fault that affects a request, if any. */
  next(path: string): { kind: K; options: FaultOptions } | undefined {
    const fault = this.#queue.find(({ options }) => options.path === undefined || options.path === path);
    if (fault !== undefined && --fault.left <= 0) {
      this.#queue = this.#queue.filter((other) => other !== fault);
    }
    return fault;
  }
}
