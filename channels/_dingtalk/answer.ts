/**
 * The meaning of the answers of DingTalk's robots. A robot refuses in HTTP 200: only the body identifies a refusal.
 *
 * The codes are those of https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages unless a line
 * cites another source.
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
import { fieldsOf, wordsOf } from "../_answers/json.ts";
import { isQuota } from "../_answers/calendar.ts";
import { type AnswerReading, no } from "../_answers/reading.ts";
import { GATEWAY_THROTTLE, isPunished, platformWait } from "./throttle.ts";

const MINUTE = 60_000;

/** The length of a robot's throttle after more than 20 messages a minute: the page above. */
export const ROBOT_THROTTLE = 10 * MINUTE;

const block: AnswerReading = (words) => throttled(words, { waitMs: ROBOT_THROTTLE });
const READINGS: ReadonlyMap<string, AnswerReading> = new Map<string, AnswerReading>([
  ["0", () => delivered()],
  ["-1", (words) => retry(words)],
  ["410100", block],
  ["130101", block], // seen in the field: https://github.com/ccfos/nightingale/issues/369
  ["302033", block], // seen in the field
  ["310000", readSecurity],
  ["300001", no("config")], // of older robots: "token is not exist"
  ["300005", no("config")], // seen in the field: "token is not exist"
  ["400013", no("config")], // the group was dissolved
  ["400101", no("config")], // no such token
  ["400102", no("config")], // the robot was stopped
  ["400106", no("config")], // the robot is not in the group
  ["43004", no("config")], // the content type
  ["40035", (words) => refused(/token/i.test(words) ? "config" : "payload", words)], // a parameter is missing: which?
  ["400105", no("payload")], // the message type
  ["430101", no("payload")], // an unsafe link
  ["430102", no("payload")], // unsuitable text
  ["430103", no("payload")], // an unsuitable picture
  ["430104", no("payload")], // unsuitable content
  ["460101", no("payload")], // seen in the field: "message too long, exceed 20000 bytes"
]);

/** DingTalk's words for a rate limit, under a code that is not documented. */
const TOO_FAST = /too fast|too frequent|freq\w* limit|限流|流控|频率/i;

/** An undocumented code: the relay retries once as plain text, and then the delivery is dead. */
const unknown: AnswerReading = (words, context) =>
  TOO_FAST.test(words) ? block(words, context) : refused("payload", words);

/** The verdict on an answer; `undefined` when it is not DingTalk's own, so that the HTTP status must decide. */
export function verdictOn(response: ChannelResponse, { now }: { now: number }): Verdict | undefined {
  const ok = response.status >= 200 && response.status < 300;
  const { errcode, errmsg, status, punish, sub_code, sub_msg } = fieldsOf(response.json);
  const code = typeof errcode === "number" || typeof errcode === "string" ? String(errcode) : "";
  const words = wordsOf(code, errmsg, sub_code, sub_msg);
  // Code 88 wraps the platform's own refusal.
  const waitMs = platformWait(code === "88" ? wordsOf(sub_code) : code, now);
  const verdict = waitMs === undefined
    ? READINGS.get(code)?.(words, { response, now })
    : throttled(words, { waitMs, quota: isQuota(waitMs) });

  if (isPunished(response)) { // may carry the robot's own throttle, which is longer
    const robotWait = verdict?.kind === "throttled" ? verdict.waitMs : 0;
    return throttled(
      wordsOf(status, punish, words) || `HTTP ${response.status} with a page instead of an answer`,
      { waitMs: Math.max(GATEWAY_THROTTLE, robotWait) },
    );
  }
  if (verdict !== undefined && (ok || verdict.kind !== "delivered")) return verdict;
  if (!ok) return undefined;
  return code === ""
    ? retry(`HTTP ${response.status} without an errcode`)
    : unknown(words, { response, now });
}

/**
 * A signature is valid for an hour around its time:
 * https://open.dingtalk.com/document/robots/customize-robot-security-settings
 */
const SIGNATURE_GOOD_FOR = 60 * MINUTE;

/**
 * 310000 covers keywords, signature and addresses, which a person must fix, and a wrong clock, which may recover. A
 * robot that requires a signature and gets none also reports a wrong time: only the clock distinguishes the two.
 */
function readSecurity(words: string, { response, now }: { response: ChannelResponse; now: number }): Verdict {
  if (!/invalid timestamp|签名过期/i.test(words)) return refused("config", words);
  const theirs = Date.parse(response.headers.get("date") ?? "");
  if (Number.isNaN(theirs)) return retry(words);
  const minutes = Math.round((now - theirs) / MINUTE);
  // A minute for the message's transit, and for a clock that was corrected in between.
  if (Math.abs(now - theirs) < SIGNATURE_GOOD_FOR - MINUTE) {
    return refused(
      "config",
      `${words}: the relay's clock is right; the robot's signing secret is missing or wrong`,
    );
  }
  return retry(`${words}: the relay's clock is ${Math.abs(minutes)} min ${minutes < 0 ? "behind" : "ahead"}`);
}

/** Every documented code: each has a remedy. */
export const CODES: readonly string[] = [...READINGS.keys()];
