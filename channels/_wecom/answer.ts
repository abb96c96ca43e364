/**
 * The meaning of the answers of WeCom's robots. A robot refuses in HTTP 200: only the body identifies a refusal.
 *
 * The codes are those of https://developer.work.weixin.qq.com/document/path/90313 unless a line cites another source.
 *
 * @module
 */
import { type ChannelResponse, delivered, refused, retry, type Verdict } from "../../relay/channel.ts";
import { fieldsOf } from "../_answers/json.ts";
import { type AnswerReading, no } from "../_answers/reading.ts";
import { throttled45009 } from "./throttle.ts";

const READINGS: ReadonlyMap<string, AnswerReading> = new Map<string, AnswerReading>([
  ["0", (words) => delivered(words === "0 ok" ? "ok" : words)],
  ["-1", (words) => retry(words)], // busy
  ["45009", (words, { now }) => throttled45009(words, now)], // over 20 messages a minute
  ["45033", (words) => retry(words)], // too many calls at once
  // An unknown robot, and in older versions a text that is too long: only this code needs its words.
  ["93000", (words) => refused(/exceed max length/i.test(words) ? "payload" : "config", words)],
  ["93004", no("config")], // the robot was stopped
  ["93008", no("config")], // the robot is not in the group
  ["40058", no("payload")], // a parameter, usually a content that is too long
  ["45002", no("payload")], // too long
  ["44004", no("payload")], // empty
  ["40008", no("payload")], // the message type
  ["40035", no("payload")], // a parameter
]);

/** For an undocumented code: the relay retries once as plain text, and then the delivery is dead. */
const UNKNOWN = no("payload");

/**
 * The verdict on an answer; `undefined` when it is not WeCom's own, so that the HTTP status must decide. The body is
 * more exact than the status: 93000 was seen with 403.
 */
export function verdictOn(response: ChannelResponse, { now }: { now: number }): Verdict | undefined {
  const ok = response.status >= 200 && response.status < 300;
  const { errcode, errmsg } = fieldsOf(response.json);
  const code = typeof errcode === "number" || typeof errcode === "string" ? String(errcode) : "";
  const words = `${code} ${errmsgOf(errmsg)}`.trim();
  const verdict = READINGS.get(code)?.(words, { response, now });
  if (verdict !== undefined && (ok || verdict.kind !== "delivered")) return verdict;
  if (!ok) return undefined;
  return code === ""
    ? retry(`HTTP ${response.status} without an errcode`)
    : UNKNOWN(words, { response, now });
}

/** The words alone: WeCom appends a hint that changes each time, our own address and a link. */
export function errmsgOf(errmsg: unknown): string {
  return typeof errmsg === "string" ? errmsg.split(/,\s*hint\s*:/i, 1)[0]!.trim() : "";
}

/** Every documented code: each has a remedy. */
export const CODES: readonly string[] = [...READINGS.keys()];
