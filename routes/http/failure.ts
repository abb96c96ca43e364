import type { Context } from "hono";
import { BusyError } from "../../relay/access/password.ts";
import { NoSuchKeyError, StoreError } from "../../relay/relay.ts";
import { RequestError } from "./errors.ts";

/** The wait before a retry after a 503, in seconds. */
const RETRY_AFTER = "5";

/** The answer to an error. */
export interface AnsweredFailure {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 428 | 429 | 500 | 503;
  /** The message for a program. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** More fields for a program. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly error?: Error;
}

/** The answer to an error. An unexpected error is reported. */
export function failureOf(error: Error, c: Context, report: (words: string) => void): AnsweredFailure {
  const { message } = error;
  if (error instanceof RequestError) {
    const { status, headers, details } = error;
    return { status, message, headers, details, error };
  }
  if (error instanceof StoreError && error.kind === "too_large") return { status: 413, message: error.shown };
  if (error instanceof StoreError || error instanceof BusyError) {
    const shown = error instanceof StoreError ? error.shown : message;
    return { status: 503, message: shown, headers: { "retry-after": RETRY_AFTER }, error };
  }
  if (error instanceof NoSuchKeyError) return { status: 404, message };
  report(`Cannot answer ${c.req.method} ${pathOf(c).slice(0, 200)}: ${error.stack ?? error}`);
  return { status: 500, message: "Something broke inside the relay: see its log" };
}

/** The path for a log, without the parts that its route names a key, a secret or a token. */
function pathOf(c: Context): string {
  const { key, secret, token } = c.req.param() as { key?: string; secret?: string; token?: string };
  const hidden = [key, secret, token].filter((value) => value !== undefined && value !== "") as string[];
  return hidden.flatMap((value) => [value, encodeURIComponent(value)])
    .reduce((path, value) => path.replaceAll(value, "••••"), c.req.path);
}

/** Answer a program with an error. */
export function answerFailure(
  c: Context,
  { status, message, headers = {}, details = {} }: AnsweredFailure,
): Response {
  return c.json({ error: message, ...details }, status, { ...headers });
}
