/**
 * The meaning of the answers of Feishu's open API. A refusal has an HTTP status of 4xx, and a code in the body.
 *
 * The codes are those of https://open.feishu.cn/document/server-docs/im-v1/message/create,
 * https://open.feishu.cn/document/server-docs/im-v1/message-card/patch and
 * https://open.feishu.cn/document/server-docs/api-call-guide/generic-error-code unless a line cites another source.
 *
 * @module
 */
import { type ChannelResponse, throttled } from "../../relay/channel.ts";
import { untilNextMonth } from "../_answers/calendar.ts";
import { fieldsOf, wordsOf } from "../_answers/json.ts";
import { byStatus, type CallResult, failure } from "../_enterprise/conversation.ts";
import { AGAIN, CHAT, type CodeReading, CONFIG, PAYLOAD, PEOPLE, TOKEN } from "../_enterprise/reading.ts";

const SECOND = 1_000;

/** In these readings, `CHAT` means a deleted card. */
const READINGS: Readonly<Record<string, CodeReading>> = {
  99991661: TOKEN, // missing, or its form
  99991663: TOKEN,
  99991664: TOKEN,
  99991668: TOKEN, // third-party sources differ: a token, or a permission; a new token tells
  99991671: TOKEN,
  10003: CONFIG, // of the token: the app's id
  10012: CONFIG,
  10014: CONFIG, // of the token: the app's secret
  99991401: CONFIG, // the relay's address is not on the app's list
  99991672: CONFIG, // a permission is missing
  230002: CONFIG, // the bot is not in the chat
  230006: CONFIG, // the app has no bot
  230013: CONFIG, // the bot is not available to the user
  230018: CONFIG, // the chat's settings do not let the bot speak: assumed
  230027: CONFIG, // a permission is missing
  230035: CONFIG, // the bot may not speak in the chat: assumed
  230024: CONFIG, // the company's quota of urgent messages
  230023: PEOPLE, // somebody has more than 200 unread urgent messages
  230011: CHAT, // recalled
  230012: CHAT, // another app's
  230031: CHAT, // older than 14 days
  230110: CHAT, // deleted: assumed
  230001: PAYLOAD,
  230025: PAYLOAD, // too long
  230028: PAYLOAD, // refused by the company's audit
  230099: PAYLOAD, // the card
  9499: PAYLOAD,
};

/** Codes that ask to wait. */
const THROTTLES: readonly string[] = ["99991400", "230020", "11232"];

/** The code of the company's monthly quota of calls. */
const MONTHLY = "99991403";

/** The code of the quota of urgent messages. */
export const URGENT_QUOTA = "230024";

/** Reads an answer. */
export function readApp(response: ChannelResponse, { now }: { now: number }): CallResult {
  const json = fieldsOf(response.json);
  const code = wordsOf(json.code);
  const isOk = response.status >= 200 && response.status < 300;
  if (code === "" || response.status >= 500) return failure(byStatus(response, now));
  if (code === "0") return isOk ? { ok: true, json } : failure(byStatus(response, now));
  const words = wordsOf(json.code, json.msg);
  if (code === MONTHLY) return failure(throttled(words, { waitMs: untilNextMonth(now), quota: true }));
  if (THROTTLES.includes(code) || response.status === 429) {
    const reset = Number(response.headers.get("x-ogw-ratelimit-reset"));
    return failure(throttled(words, { waitMs: (reset > 0 ? Math.min(reset, 900) : 5) * SECOND }));
  }
  if (code === "230001" && /receive_id/.test(words)) return CONFIG(words);
  if (code === "230001" && /message_id/.test(words)) return CHAT(words);
  return (Object.hasOwn(READINGS, code) ? READINGS[code]! : isOk ? AGAIN : PAYLOAD)(words);
}

/** Every documented code: each has a remedy. */
export const APP_CODES: readonly string[] = [...Object.keys(READINGS), ...THROTTLES, MONTHLY];
