/**
 * The meaning of the answers of Feishu's robots. A robot refuses in HTTP 200: only the body identifies a refusal.
 *
 * The codes are those of https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
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
import { untilNextMonth } from "../_answers/calendar.ts";
import { fieldsOf } from "../_answers/json.ts";
import { type AnswerReading, no } from "../_answers/reading.ts";

const SECOND = 1_000;

/** Five per second and a hundred per minute; on the hour the limit is stricter: a few seconds usually suffice. */
const slower: AnswerReading = (words, { response: { headers } }) => {
  const reset = Number(headers.get("x-ogw-ratelimit-reset"));
  return throttled(words, { waitMs: (reset > 0 ? Math.min(reset, 900) : 5) * SECOND });
};

const READINGS: ReadonlyMap<number, AnswerReading> = new Map<number, AnswerReading>([
  [0, () => delivered()],
  [9499, no("payload")], // the content cannot be read
  [11232, slower],
  [99991400, slower], // the gateway, as HTTP 429 or 400
  // The company's quota of calls a month, seen in the field; robots are said not to count.
  [99991403, (words, { now }) => throttled(words, { waitMs: untilNextMonth(now), quota: true })],
  [19001, no("config")], // no such robot
  [19002, no("payload")], // a parameter, such as the type
  [19021, readSignature],
  [19022, no("config")], // the address is not on the robot's list
  [19024, no("config")], // the keyword is missing
]);

/** The allowed difference between the request's clock and Feishu's: the page above. */
const SIGNATURE_GOOD_FOR = 60 * 60 * SECOND;

/** 19021 covers a wrong signature, which a person must fix, and a wrong timestamp, which a wrong clock causes. */
function readSignature(
  words: string,
  { response, now }: { response: ChannelResponse; now: number },
): Verdict {
  const theirs = Date.parse(response.headers.get("date") ?? "");
  const ahead = now - theirs;
  // A minute for the message's transit, and for a clock that was corrected in between.
  if (Number.isNaN(theirs) || Math.abs(ahead) < SIGNATURE_GOOD_FOR - 60 * SECOND) {
    return refused("config", words);
  }
  const minutes = Math.round(Math.abs(ahead) / (60 * SECOND));
  return retry(`${words}: the relay's clock is ${minutes} min ${ahead < 0 ? "behind" : "ahead"}`);
}

/** The verdict on an answer; `undefined` when it is not Feishu's own, so that the HTTP status must decide. */
export function verdictOn(response: ChannelResponse, { now }: { now: number }): Verdict | undefined {
  const { status } = response;
  const ok = status >= 200 && status < 300;
  const { code, msg } = codeOf(response.json);
  const words = `${code ?? `HTTP ${status}`} ${msg}`.trim();
  // A failing gateway answers with the code of a bad request: the status identifies the failure.
  const isGateways = code === undefined || code === 9499;
  if (isGateways && status === 429 && response.headers.has("x-ogw-ratelimit-reset")) {
    return slower(words, { response, now });
  }
  if (isGateways && (status === 429 || status >= 500)) return undefined;
  if (code === undefined) return ok ? retry(`HTTP ${status} without a code`) : undefined;
  const verdict = (READINGS.get(code) ?? no("payload"))(words, { response, now });
  return !ok && verdict.kind === "delivered" ? undefined : verdict;
}

/** Older robots answer with `StatusCode`, newer ones with `code`. */
function codeOf(json: unknown): { code: number | undefined; msg: string } {
  const { code, StatusCode, msg } = fieldsOf(json);
  const known = code ?? StatusCode;
  return { code: typeof known === "number" ? known : undefined, msg: typeof msg === "string" ? msg : "" };
}

/** Every documented code: each has a remedy. */
export const CODES: readonly string[] = [...READINGS.keys()].map(String);
