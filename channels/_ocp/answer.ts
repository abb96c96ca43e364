/**
 * The meaning of OCP's answers. The envelope has the result: `successful`, and `error` with a code and words.
 *
 * Source of the codes: OCP's manual, appendix "Error codes".
 *
 * @module
 */
import {
  type ChannelResponse,
  delivered,
  refused,
  retry,
  throttled,
  type Verdict,
} from "../../relay/channel.ts";
import { type Fields, fieldsOf, wordsOf } from "../_answers/json.ts";

const SECOND = 1_000;

/** Our choice, when OCP names no wait. */
const DEFAULT_WAIT = 60 * SECOND;
const LONGEST_WAIT = 15 * 60 * SECOND;

/** The verdict on an answer to a push. */
export function verdictOn(response: ChannelResponse, { now }: { now: number }): Verdict {
  const { status, json } = response;
  const envelope = fieldsOf(json);
  const ok = status >= 200 && status < 300;
  if (ok && envelope.successful === true) return delivered(`successful${traceOf(envelope)}`);
  const words = refusalOf(status, envelope);
  if (isMissingRule(envelope)) {
    return refused("config", `${words}: create the alarm rule at OCP, or name one that is there`);
  }
  // A refusal in HTTP 200 contains its actual status.
  const meant = ok && typeof envelope.status === "number" ? envelope.status : status;
  if (meant === 429) return throttled(words, { waitMs: waitOf(response, now) });
  // No automatic retry: OCP locks a login after a few wrong passwords.
  if (meant === 401 || meant === 403) return refused("config", words);
  if (meant >= 300 && meant < 400) {
    return refused("config", `${words}: it redirects elsewhere; correct the address`);
  }
  if (meant === 404 || meant === 405) return refused("config", words);
  if (meant >= 400 && meant < 500 && meant !== 408) return refused("payload", words);
  return retry(ok ? `${words} without "successful": is this the address of an OCP?` : words);
}

/** ALM20001, "the alarm rule does not exist". */
function isMissingRule(envelope: Fields): boolean {
  const { code, message } = fieldsOf(envelope.error);
  return code === 20001 || /ALM20001/.test(`${code} ${message}`);
}

function refusalOf(status: number, envelope: Fields): string {
  const { code, message } = fieldsOf(envelope.error);
  const error = wordsOf(code, message);
  return `HTTP ${status}${error && `: ${error.replace(/\s+/g, " ").slice(0, 300)}`}${traceOf(envelope)}`;
}

/** The ids by which the operators of the OCP can find the call. */
function traceOf({ traceId, server }: Fields): string {
  const parts = Object.entries({ traceId, server })
    .filter(([, value]) => typeof value === "string" && /^[\w.:-]{1,80}$/.test(value))
    .map(([name, value]) => `${name} ${value}`);
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

/** OCP's `RateLimit-Reset` counts the seconds until the window ends. */
function waitOf({ headers }: ChannelResponse, now: number): number {
  const reset = Number(headers.get("ratelimit-reset") ?? headers.get("retry-after") ?? NaN);
  if (!Number.isFinite(reset) || reset < 0) return DEFAULT_WAIT;
  const wait = reset > 1e9 ? reset * SECOND - now : reset * SECOND; // or the time itself
  return Math.min(Math.max(wait, SECOND), LONGEST_WAIT);
}
