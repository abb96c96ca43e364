import { type ChannelResponse, refused, retry, throttled, type Verdict } from "../../relay/channel.ts";
import { confirmed } from "../_answers/confirmed.ts";
import { fieldsOf } from "../_answers/json.ts";

/** A message that is gone, or edited too often. */
const EARLIER_GONE = [10008, 30046, 50083];

/** Errors of the webhook or the thread, which a person must fix; for other errors the HTTP status decides. */
const CONFIG = [10003, 10015, 50027, 220001, 220003];

/** The verdict on an answer; `undefined` when the HTTP status must decide. */
export function verdictOn(response: ChannelResponse): Verdict | undefined {
  const { id, code, message, retry_after } = fieldsOf(response.json);
  const receipt = typeof id === "string" ? { message: id } : undefined;
  const yes = confirmed(response, receipt !== undefined, { receipt });
  if (yes !== undefined || typeof message !== "string") return yes;
  const words = typeof code === "number" && code !== 0
    ? `${code} ${message}`
    : `HTTP ${response.status}: ${message}`;
  if (EARLIER_GONE.includes(Number(code))) return retry(words, { waitMs: 1_000, forget: true });
  if (CONFIG.includes(Number(code))) return refused("config", words);
  if (response.status !== 429) return code === 40333 ? refused("config", words) : undefined;
  return typeof retry_after === "number"
    ? throttled(words, { waitMs: Math.ceil(retry_after * 1_000) })
    : undefined;
}
