import {
  type ChannelResponse,
  delivered,
  refused,
  retry,
  retryAfter,
  throttled,
  type Verdict,
} from "../../relay/channel.ts";
import { type Codes, verdictByCode } from "../_answers/by_code.ts";
import { fieldsOf, wordsOf } from "../_answers/json.ts";

/** APNs' answer for a removed device; the server repeats it behind "push failed". */
const GONE = /BadDeviceToken|Unregistered|DeviceTokenNotForTopic/;

/** APNs' answer for a notification that is too long. */
export const TOO_LONG = /PayloadTooLarge/;

/** https://github.com/Finb/bark-server/blob/master/route_push.go */
const CODES: Codes = {
  200: () => delivered(),
  // An unknown or removed device, or a body that the server cannot read.
  400: (words) => refused(/device|key/i.test(words) ? "recipient" : "payload", words),
  429: (words, { now, response }) =>
    throttled(words, { waitMs: retryAfter(response.headers, { now }) ?? 60_000 }),
  500: (words) => {
    if (GONE.test(words)) return refused("recipient", words);
    return TOO_LONG.test(words) ? refused("payload", words) : retry(words);
  },
};

/** The verdict on the server's answer. */
export function verdictOn(response: ChannelResponse, context: { now: number }): Verdict | undefined {
  const { code, message } = fieldsOf(response.json);
  const words = wordsOf(code, message).replace(/\[[^\]]*\]/g, "[***]"); // quotes the device key
  return verdictByCode(response, { code, words, codes: CODES }, context);
}
