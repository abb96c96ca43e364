import type { Context, ErrorHandler } from "hono";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../http/errors.ts";
import { failureOf } from "../http/failure.ts";
import { noteRefusal } from "../http/refused.ts";

/** The statuses that Alertmanager's own handlers answer, with a JSON string. Its router answers the others, with an object. */
const SPOKEN: ReadonlySet<number> = new Set([400, 404, 500, 503]);

/**
 * An error in the form of Alertmanager's router: `{"code": 602, "message": "comment in body is required"}`.
 *
 * @param code of go-openapi's errors; by default the status
 */
export function routerError(
  status: RequestError["status"],
  message: string,
  { code = status, headers = {} }: { code?: number; headers?: Readonly<Record<string, string>> } = {},
): RequestError {
  return new RequestError(status, message, headers, { code });
}

/** Answers errors as Alertmanager does. A refused request with alerts is noted. */
export function answerErrors(
  relay: Relay,
  { report }: { report: (words: string) => void },
): ErrorHandler {
  return async (error, c: Context) => {
    const { status, message, headers = {}, details = {} } = failureOf(error, c, report);
    if (c.req.method === "POST" && c.req.path === "/api/v2/alerts") {
      await noteRefusal(c, relay, { door: "alertmanager_api", status, reason: message });
    }
    const { code } = details;
    const isSpoken = code === undefined && SPOKEN.has(status);
    return c.json(isSpoken ? message : { code: code ?? status, message }, status, { ...headers });
  };
}
