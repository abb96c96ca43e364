import type { Context } from "hono";
import { allows } from "../../../relay/domain/role.ts";
import type { Relay } from "../../../relay/relay.ts";
import { refusePages } from "../../http/auth.ts";
import { readBody } from "../../http/body.ts";
import { RequestError } from "../../http/errors.ts";
import { failureOf } from "../../http/failure.ts";
import { identify } from "../../http/identity.ts";
import { noteAccepted, noteRefusal, setSender } from "../../http/refused.ts";
import { OCP_CODE, ocpAnswer, type OcpError, OcpRefusal } from "./answer.ts";
import { reading, readingOfStrangers } from "../../http/reading.ts";
import { isSigned, requireOcpLogin, requireOcpReader } from "./auth.ts";
import { RateLimit } from "../../http/rate_limit.ts";

/** An authenticated request. */
export interface OcpCall {
  readonly request: Request;
  /** The time of receipt. */
  readonly now: number;
  /** The body. */
  readonly text: string;
  readonly bytes: number;
  /** A parameter of the path. */
  readonly param: (name: string) => string;
}

/** Answers a request with the envelope's `data`, or throws the refusal. */
export type OcpHandler = (call: OcpCall) => Promise<unknown>;

/** A limit of requests in a window of `per` milliseconds. */
export interface OcpLimit {
  readonly limit: number;
  readonly per: number;
}

/** The answers to refused requests, in OCP's words. */
const REQUEST_ERRORS: Readonly<Record<number, number>> = {
  400: OCP_CODE.badRequest,
  404: OCP_CODE.notFound,
  405: OCP_CODE.methodNotAllowed,
};

/**
 * The entrance to OCP's interface: login, rate limit, and the envelope around every answer. It never answers with a
 * redirect, which scripts would follow with a GET and report as success, nor with an empty body, which they cannot parse.
 */
export class OcpDoor {
  readonly #relay: Relay;
  readonly #report: (words: string) => void;
  /** Separate limits for reads and pushes, so that readers cannot use up the pushes' limit. */
  readonly #rates: { readonly reads: RateLimit; readonly pushes: RateLimit };

  constructor(
    relay: Relay,
    { report, limit }: { report: (words: string) => void; limit: OcpLimit },
  ) {
    this.#relay = relay;
    this.#report = report;
    this.#rates = { reads: new RateLimit(limit), pushes: new RateLimit(limit) };
  }

  /** Answer a request by its method; any other method is refused. */
  by(handlers: Readonly<Partial<Record<"GET" | "POST", OcpHandler>>>): (c: Context) => Promise<Response> {
    const allow = Object.keys(handlers).join(", ");
    return (c) =>
      this.#answer(c, () => {
        const { method } = c.req;
        const handle = method === "GET" || method === "POST" ? handlers[method] : undefined;
        if (handle) return this.#letIn(c, handle);
        throw new RequestError(405, `${method} is not supported here: use ${allow}`, { allow });
      });
  }

  /** Refuse a request for an unknown address. */
  nothing(): (c: Context) => Promise<Response> {
    return (c) =>
      this.#answer(c, () => {
        throw new RequestError(404, `There is nothing at ${c.req.path.slice(0, 200)}`);
      });
  }

  async #letIn(c: Context, handle: OcpHandler): Promise<{ data: unknown; headers: Record<string, string> }> {
    const { config, clock } = this.#relay.query;
    const now = clock.now();
    const request = c.req.raw;
    const { method, url, headers } = request;
    const logIn = async (body: string): Promise<void> => {
      const call = { method, url, headers, body };
      if (method !== "GET") {
        refusePages(request);
        await requireOcpLogin(call, config, { now });
        return setSender(c, "OCP");
      }
      const viewer = async (): Promise<boolean> => {
        const identity = await identify(c, this.#relay);
        return identity !== undefined && allows(identity.role, "viewer");
      };
      await requireOcpReader(call, config, { now, viewer });
    };
    const signed = isSigned(headers);
    if (!signed) await logIn("");
    const { text, bytes } = await readBody(request, { within: signed ? readingOfStrangers : reading });
    if (signed) await logIn(text);
    const rateHeaders = requireRate(method === "GET" ? this.#rates.reads : this.#rates.pushes, now);
    const param = (name: string): string => c.req.param(name) ?? "";
    const data = await handle({ request, now, text, bytes, param });
    if (method !== "GET") await noteAccepted(c, this.#relay, { door: "ocp_push" });
    return { data, headers: rateHeaders };
  }

  async #answer(
    c: Context,
    answer: () => Promise<{ data: unknown; headers: Record<string, string> }>,
  ): Promise<Response> {
    const { clock } = this.#relay.query;
    const started = clock.now();
    try {
      return ocpAnswer(await answer(), { now: clock.now(), started });
    } catch (error) {
      const { headers = {}, ...refusal } = refusalOf(error as Error, c, this.#report);
      if (c.req.method !== "GET") {
        await noteRefusal(c, this.#relay, {
          door: "ocp_push",
          status: refusal.status,
          reason: refusal.message,
        });
      }
      return ocpAnswer({ error: refusal, headers }, { now: clock.now(), started });
    }
  }
}

/** The rate limit headers of every answer. @throws OcpRefusal 429 */
function requireRate(rate: RateLimit, now: number): Record<string, string> {
  const { allowed, limit, remaining, reset } = rate.take(now);
  const headers = {
    "ratelimit-limit": String(limit),
    "ratelimit-remaining": String(remaining),
    "ratelimit-reset": String(reset),
  };
  if (allowed) return headers;
  throw new OcpRefusal({
    status: 429,
    code: 0,
    message: `Too many requests: at most ${limit} in a window; come again in ${reset} s`,
  }, { ...headers, "retry-after": String(reset) });
}

function refusalOf(
  error: Error,
  c: Context,
  report: (words: string) => void,
): OcpError & { headers?: Readonly<Record<string, string>> } {
  if (error instanceof OcpRefusal) return { ...error.error, headers: error.headers };
  const { status, message, headers = {} } = failureOf(error, c, report);
  const code = status >= 500 ? OCP_CODE.unknown : REQUEST_ERRORS[status] ?? OCP_CODE.badRequest;
  return { status, code, message, headers };
}
