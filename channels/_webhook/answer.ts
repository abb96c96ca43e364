import {
  type ChannelResponse,
  delivered,
  refused,
  retry,
  retryAfter,
  throttled,
  type Verdict,
} from "../../relay/channel.ts";

/** Our choice: the specification gives no figures. */
const DEFAULT_WAIT = 30_000;

/** Our choice. */
const SHORTEST_WAIT = 1_000;

/** The verdict of the specification, for statuses that require more than the default. */
export function verdictOn(response: ChannelResponse, { now }: { now: number }): Verdict | undefined {
  const { status } = response; // its headers are made when they are asked for
  const words = `HTTP ${status}`;
  if (status >= 200 && status < 300) return delivered(words);
  if (status === 410) return refused("config", `${words}: the receiver wants no more`);
  if (status === 429) return throttled(words, { waitMs: waitOf(response, now) });
  // The specification also requires a pause; but a receiver that is gone for days must be noticed behind its gateway.
  if (status === 502) return retry(words, { waitMs: waitOf(response, now) });
  // The gateway forwarded the request, and got no answer.
  if (status === 504) return retry(words, { waitMs: waitOf(response, now), handedOver: true });
  if (status >= 300 && status < 400) return retry(`${words}: redirects are not followed`);
  return undefined;
}

/** The wait that `Retry-After` asks for. */
function waitOf({ headers }: ChannelResponse, now: number): number {
  return Math.max(retryAfter(headers, { now }) ?? DEFAULT_WAIT, SHORTEST_WAIT);
}
