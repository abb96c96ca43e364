import * as oauth from "oauth4webapi";
import { ProviderUnreachable } from "./provider_fetch.ts";

/**
 * The reason why a sign-in at the provider failed:
 *
 * - `stale`: the sign-in was not begun in this browser, has expired, or was finished before
 * - `denied`: the provider refused the person, or they cancelled
 * - `unreachable`: the provider does not answer
 * - `client`: the provider refuses the relay's client id, secret or redirect address
 * - `untrusted`: an answer of the provider failed a check
 */
export type ProviderRefusal = "stale" | "denied" | "unreachable" | "client" | "untrusted";

/** OAuth's errors when the relay's settings differ from its registration at the provider. */
const OF_CLIENT = new Set([
  "invalid_client",
  "unauthorized_client",
  "invalid_scope",
  "unsupported_response_type",
  "unsupported_grant_type",
  "invalid_request",
]);

/** OAuth's errors when the provider itself fails. */
const OF_SERVER = new Set(["server_error", "temporarily_unavailable"]);

/** The reason why a step failed, and a message for the log, which contains no secret, code or token. */
export function refusalOf(error: unknown): { why: ProviderRefusal; words: string } {
  if (error instanceof ProviderUnreachable) return { why: "unreachable", words: error.message };
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError) {
    const isToken = error instanceof oauth.ResponseBodyError;
    return { why: whyOf(error.error, isToken), words: `it answered ${codeOf(error.error)}` };
  }
  // A provider that refuses the client's credentials may say so in a header only.
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    return { why: "client", words: `it answered ${error.status}` };
  }
  const status = error instanceof Error && error.cause instanceof Response ? error.cause.status : 0;
  if (status >= 500) return { why: "unreachable", words: `it answered ${status}` };
  // The library's messages name claims and parameters, never their values.
  return { why: "untrusted", words: error instanceof Error ? error.message : String(error) };
}

function whyOf(code: string, isToken: boolean): ProviderRefusal {
  if (OF_SERVER.has(code)) return "unreachable";
  if (OF_CLIENT.has(code)) return "client";
  return isToken && code === "invalid_grant" ? "stale" : "denied";
}

/** An error's code; any other text is left out, because the browser may have sent it. */
function codeOf(code: string): string {
  return /^[\w.-]{1,60}$/.test(code) ? code : "an error";
}
