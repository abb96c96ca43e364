import {
  type ChannelResponse,
  delivered,
  type Member,
  refused,
  retry,
  throttled,
  type Verdict,
  verdictByStatus,
} from "../../relay/channel.ts";
import { type Codes, verdictByCode } from "../_answers/by_code.ts";
import { fieldsOf, wordsOf } from "../_answers/json.ts";
import { no } from "../_answers/reading.ts";

/** Assumed: WxPusher's answer to more than 20 calls in 10 seconds, as a business error. */
export const TOO_MANY = /频率|频繁|限流|QPS/i;

/** In HTTP 200: ResultCode of https://github.com/wxpusher/wxpusher-client, in its Java library. */
const CODES: Codes = {
  1000: () => delivered(),
  // A business error: mostly the token.
  1001: (words, context) =>
    TOO_MANY.test(words) ? throttled(words, { waitMs: 10_000 }) : no("config")(words, context),
  1002: no("config"), // not authenticated
  1003: no("config"), // signature
  1004: no("config"), // no such call
  1005: (words) => retry(words), // internal error
  1006: (words) => retry(words), // WeChat failed
  1007: (words) => retry(words), // network
  1008: no("payload"), // data
  1009: (words) => retry(words), // unknown
};

/** The verdict on an answer about these recipients. */
export function verdictOn(
  response: ChannelResponse,
  people: readonly Member[],
  context: { now: number },
): Verdict {
  const { code, msg } = fieldsOf(response.json);
  const words = wordsOf(code, msg);
  const verdict = verdictByCode(response, { code, words, codes: CODES }, context) ??
    verdictByStatus(response, context);
  return verdict.kind === "delivered" ? verdictOfEach(response, people) : verdict;
}

/** Each recipient has a code of its own. */
function verdictOfEach({ json }: ChannelResponse, people: readonly Member[]): Verdict {
  const { data } = fieldsOf(json);
  const results = (Array.isArray(data) ? data : []).map(fieldsOf);
  const bad = results.filter(({ code }) => code !== 1000);
  const failed = people.filter(({ wxpusher }) => bad.some(({ uid }) => uid === wxpusher)).map(({ id }) => id);
  const words = wordsOf(bad[0]?.code, bad[0]?.status);
  if (results.length > 0 && bad.length === results.length) return refused("recipient", words, failed);
  return delivered(words || "1000", { failed });
}
