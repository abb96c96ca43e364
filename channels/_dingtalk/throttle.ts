/**
 * The throttles of DingTalk's platform, which all of its APIs share.
 *
 * Sources: https://open.dingtalk.com/document/orgapp/server-api-error-codes-1 for the codes, and
 * https://open.dingtalk.com/document/orgapp/call-frequency-limit for the gateway.
 *
 * @module
 */
import type { ChannelResponse } from "../../relay/channel.ts";
import { untilNextMonth } from "../_answers/calendar.ts";
import { fieldsOf } from "../_answers/json.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The time that every call from an address is refused after too many calls: the gateway's page. */
export const GATEWAY_THROTTLE = 5 * MINUTE;

/** Our choice: a limit per second ends soon. The pages name no times. */
export const SOON = 5 * SECOND;

/**
 * The wait for an `errcode` of the platform, in milliseconds; `undefined` for any other code.
 *
 * 90020 is the company's quota of calls a month: https://www.dingtalk.com/qidian/help-detail-1061621972.html. 90002
 * wants a back-off of seconds (the gateway's page). The other codes from 90001 to 90018 refuse all calls of a server,
 * a company, a credential or an API for a while.
 */
export function platformWait(code: string, now: number): number | undefined {
  if (code === "90020") return untilNextMonth(now);
  if (code === "90002") return SOON;
  const isThrottle = code === "45009" || /^900(0[1-9]|1[0-8])$/.test(code);
  return isThrottle ? MINUTE : undefined;
}

/** The same for a `code` of v1.0, which names the limit: by the second, the minute, the hour, or the company's quota. */
export function platformWaitV1(code: string, now: number): number | undefined {
  if (/\.ApiCountLimit/.test(code)) return untilNextMonth(now); // the page of 90020
  const [, per] = /\.Qp([smh])Limit/.exec(code) ?? [];
  return per === undefined ? undefined : { s: SOON, m: MINUTE, h: HOUR }[per as "s" | "m" | "h"];
}

/** Whether the gateway answered in place of the API, in a shape of its own or with a page: too many calls from our address. */
export function isPunished({ json, text, headers, status: http }: ChannelResponse): boolean {
  const { status, punish } = fieldsOf(json);
  if (String(status) === "1111" || punish === "deny") return true;
  if (json !== undefined) return false;
  const isPage = /^\s*(<!doctype html|<html)/i.test(text) ||
    (headers.get("content-type") ?? "").startsWith("text/html");
  return isPage && (http < 300 || http === 403 || http === 429);
}
