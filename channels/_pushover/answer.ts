import {
  type ChannelResponse,
  delivered,
  refused,
  retry,
  type Tools,
  type Verdict,
  verdictByStatus,
} from "../../relay/channel.ts";
import { fieldsOf, wordsOf } from "../_answers/json.ts";

/** https://pushover.net/api#friendly asks for at least five seconds after a failure. */
const FAILED_WAIT = 5_000;

/** Ends the ringing of an emergency; one that has already ended counts as delivered. */
export async function silence(
  config: { readonly base: string; readonly token: string },
  receipt: string,
  { fetch, now }: Tools,
): Promise<Verdict> {
  const response = await fetch({
    url: `${config.base}/1/receipts/${encodeURIComponent(receipt)}/cancel.json`,
    json: { token: config.token },
  });
  const verdict = verdictByStatus(response, { now });
  return verdict.kind === "refused" ? delivered(verdict.because) : verdict;
}

/** The verdict on the answer to a message. */
export function verdictOn(response: ChannelResponse, { now }: { now: number }): Verdict {
  const { status, json } = response;
  const { status: state, receipt, token, user, errors } = fieldsOf(json);
  if (status === 200 && state === 1) {
    return delivered("ok", { receipt: typeof receipt === "string" ? { ringing: receipt } : undefined });
  }
  const words = wordsOf(`HTTP ${status}`, ...Array.isArray(errors) ? errors : []);
  // The month's messages are used up: a person must act, because an alert cannot wait for weeks.
  if (status === 429) return refused("config", words);
  if (status >= 500) return retry(words, { waitMs: FAILED_WAIT });
  if (token === "invalid") return refused("config", words);
  if (user === "invalid") return refused("recipient", words);
  const verdict = verdictByStatus(response, { now });
  return verdict.kind === "delivered" ? refused("payload", words) : verdict;
}
