/**
 * The meaning of the answers of WeCom's app APIs. They refuse in HTTP 200: only the body identifies a refusal.
 *
 * The codes are those of https://developer.work.weixin.qq.com/document/path/90313 unless a line cites another source.
 *
 * @module
 */
import type { ChannelResponse } from "../../relay/channel.ts";
import { byStatus, type CallResult, type FailedCall, failure } from "../_enterprise/conversation.ts";
import { AGAIN, CHAT, CONFIG, HIDDEN, PAYLOAD, PEOPLE, TOKEN } from "../_enterprise/reading.ts";
import { fieldsOf, wordsOf } from "../_answers/json.ts";
import { errmsgOf } from "./answer.ts";
import { throttled45009 } from "./throttle.ts";

/** Turns a code into a failed call. */
type CodeReading = (words: string, now: number) => FailedCall;

const READINGS: ReadonlyMap<string, CodeReading> = new Map<string, CodeReading>([
  ["-1", AGAIN], // busy
  ["6000", AGAIN], // two calls changed the same thing at once
  ["45033", AGAIN], // too many calls at once
  ["45009", (words, now) => failure(throttled45009(words, now))],
  ["40014", TOKEN],
  ["42001", TOKEN],
  ["40001", CONFIG], // the secret
  ["40013", CONFIG], // the company
  ["41001", CONFIG], // there is no token
  ["40056", CONFIG], // the agent id
  ["301002", CONFIG], // the app is not the token's
  ["48002", CONFIG], // the app may not use this API
  ["60020", CONFIG], // the relay's address is not on the app's list of trusted ones
  ["86001", CHAT], // the next ones: https://developer.work.weixin.qq.com/document/path/90248
  ["86003", CHAT],
  ["86217", CONFIG],
  ["86220", CONFIG],
  ["40003", PEOPLE],
  ["40031", PEOPLE],
  ["46004", PEOPLE],
  ["60111", PEOPLE],
  ["60011", HIDDEN], // the app has no right to this member
  ["60021", HIDDEN], // outside the app's scope
  ["81013", PEOPLE], // all recipients: https://developer.work.weixin.qq.com/document/path/90236
  ["82001", PEOPLE],
  ["40008", PAYLOAD],
  ["40032", PAYLOAD], // too many people
  ["40035", PAYLOAD],
  ["40058", PAYLOAD], // a parameter, usually a content that is too long
  ["44004", PAYLOAD], // empty
  ["45002", PAYLOAD], // too long
  ["82002", PAYLOAD], // too many departments
]);

/** Reads an answer. The code of a failure is the first word of its verdict. */
export function readWeCom(response: ChannelResponse, { now }: { now: number }): CallResult {
  const json = fieldsOf(response.json);
  const code = wordsOf(json.errcode);
  if (code === "") return failure(byStatus(response, now));
  if (code === "0" && response.status >= 200 && response.status < 300) return { ok: true, json };
  if (code === "0") return failure(byStatus(response, now));
  return (READINGS.get(code) ?? PAYLOAD)(wordsOf(code, errmsgOf(json.errmsg)), now);
}

/** The ids in `a|b`. WeCom returns them in lower case. */
export function idsIn(list: unknown): string[] {
  return typeof list === "string"
    ? list.split("|").filter((id) => id !== "").map((id) => id.toLowerCase())
    : [];
}

/** Every documented code: each has a remedy. */
export const CODES: readonly string[] = [...READINGS.keys()];
