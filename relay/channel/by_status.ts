/**
 * Verdicts on answers by HTTP alone.
 *
 * @module
 */
import { MINUTE, SECOND } from "../base/duration.ts";
import { refused, retry, throttled, type Verdict } from "../domain/verdict.ts";
import type { Channel } from "./channel.ts";
import type { ChannelResponse } from "./tools.ts";

/** The longest `Retry-After` that is respected. */
const MAX_RETRY_AFTER = 15 * MINUTE;

/** The verdict on an answer to a channel that has none of its own: by `success`, then by the HTTP status. */
export function verdictByDefault(
  { success }: Pick<Channel, "success">,
  response: ChannelResponse,
  { now }: { now: number },
): Verdict {
  const verdict = verdictByStatus(response, { now });
  if (verdict.kind !== "delivered" || success === undefined || success(response)) return verdict;
  return refused("payload", `HTTP ${response.status}${excerpt(response.text) || ": an empty answer"}`);
}

/** The verdict on an answer by its HTTP status alone, for a vendor with an honest status. */
export function verdictByStatus(response: ChannelResponse, { now }: { now: number }): Verdict {
  const { status, headers } = response;
  const because = `HTTP ${status}${excerpt(response.text)}`;
  const waitMs = retryAfter(headers, { now });
  if (status >= 200 && status < 300) return { kind: "delivered", because: `HTTP ${status}` };
  if (status === 429) return throttled(because, { waitMs: waitMs ?? MINUTE });
  // A gateway timeout: the gateway has handed the message over.
  if (status === 504) return retry(because, { waitMs, handedOver: true });
  if (status >= 500 || status === 408 || status === 425) return retry(because, { waitMs });
  if (status >= 300 && status < 400) {
    return refused("config", `${because}: it redirects elsewhere; correct the address`);
  }
  if ([401, 403, 404, 405, 407, 410].includes(status)) return refused("config", because);
  return refused("payload", because);
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line === "" ? "" : `: ${line.slice(0, 200).toWellFormed()}`;
}

/** `Retry-After` in milliseconds, given as seconds or as a date; at most 15 minutes. */
export function retryAfter(headers: Headers, { now }: { now: number }): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  const wait = /^\d+$/.test(text) ? Number(text) * SECOND : Date.parse(text) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), MAX_RETRY_AFTER);
}
