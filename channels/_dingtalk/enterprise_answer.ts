/**
 * The meaning of the answers of DingTalk's enterprise APIs. The legacy API refuses in HTTP 200 with an `errcode`,
 * v1.0 with an HTTP status and a textual `code`.
 *
 * The codes are those of https://open.dingtalk.com/document/orgapp/server-api-error-codes-1 unless a line cites
 * another source.
 *
 * @module
 */
import { type ChannelResponse, retry, throttled, type Verdict } from "../../relay/channel.ts";
import { byStatus, type CallResult, type FailedCall, failure } from "../_enterprise/conversation.ts";
import {
  AGAIN,
  CHAT,
  type CodeReading,
  CONFIG,
  HIDDEN,
  PAYLOAD,
  PEOPLE,
  TOKEN,
} from "../_enterprise/reading.ts";
import { fieldsOf, wordsOf } from "../_answers/json.ts";
import { isQuota } from "../_answers/calendar.ts";
import { GATEWAY_THROTTLE, isPunished, platformWait, platformWaitV1, SOON } from "./throttle.ts";

/** Our choice: the pages name no time. */
const MINUTE = 60_000;

const wait = (waitMs: number): CodeReading => (words) =>
  failure(throttled(words, { waitMs, quota: isQuota(waitMs) }));

const LEGACY: ReadonlyMap<string, CodeReading> = new Map<string, CodeReading>([
  ["-1", AGAIN],
  ["400001", AGAIN], // of chat/send: https://open.dingtalk.com/document/orgapp/send-group-messages
  ["34015", AGAIN], // could not be sent: the same page
  ["40014", TOKEN],
  ["42001", TOKEN],
  ["40001", TOKEN],
  ["41001", TOKEN],
  ["40089", CONFIG], // the app's key or secret
  ["60011", CONFIG], // the app lacks a permission
  ["60020", CONFIG], // the relay's address is not on the app's list
  ["50003", CONFIG], // the app was stopped
  ["43004", CONFIG], // the content type
  ["43007", CONFIG], // no permission for chats
  ["40056", CONFIG], // the agent id
  ["34001", CHAT], // the next ones: https://open.dingtalk.com/document/orgapp/send-group-messages
  ["34013", CHAT],
  ["40016", CHAT], // https://open.dingtalk.com/document/orgapp/obtains-the-information-of-a-group-session
  ["400013", CHAT], // dissolved
  ["34004", PAYLOAD],
  ["34014", PAYLOAD],
  ["34016", PAYLOAD], // too long
  ["40048", PAYLOAD], // an unsafe link
  ["33012", PEOPLE], // of user/get: no such user, such as a former employee
  ["40031", PEOPLE], // in the list of chat/create and chat/update
  ["40003", PEOPLE],
  ["46004", PEOPLE],
  ["50002", HIDDEN], // outside the app's scope
  ["60111", PEOPLE],
  ["60120", PEOPLE], // disabled
  ["60121", PEOPLE], // of user/getbymobile
  ["60124", PEOPLE], // not in this chat
  ["40104", PEOPLE], // no mobile number
]);

/** A code that is not listed may begin with a listed one: `contain.notAllowed.word` with `contain.notAllowed`. */
const V1: ReadonlyMap<string, CodeReading> = new Map<string, CodeReading>([
  ["InvalidAuthentication", TOKEN],
  ["Forbidden", CONFIG], // an API that was not granted, an address that is not on the app's list
  ["system.busy", wait(SOON)],
  ["systemBusy", wait(SOON)],
  ["qps.exceed.limit", wait(SOON)],
  ["request.too.fast", wait(SOON)],
  // The next ones: https://open.dingtalk.com/document/orgapp/the-robot-sends-a-group-message
  ["send.too.fast", wait(MINUTE)],
  ["send.byToken.tooFast", wait(MINUTE)],
  ["too.many.group", wait(MINUTE)],
  ["too.many.people", wait(MINUTE)],
  ["unknown.send.result", AGAIN],
  ["system.error", AGAIN],
  ["group.disbanded", CHAT],
  ["invalid.openConversationId", CHAT],
  ["conversation.org.notMatch", CHAT],
  ["miss.openConversationId", CONFIG],
  ["invalidParameter.robotCode", CONFIG],
  ["bot.stopped", CONFIG],
  ["bot.forbidden.sendMessage", CONFIG],
  ["template.stopped", CONFIG],
  ["token.notExisted", CONFIG],
  ["resource.unavailable", CONFIG],
  ["auth.error", CONFIG],
  ["send.forbidden", CONFIG],
  ["invalidParameter.msgParam", PAYLOAD],
  ["invalidParameter.msgKey", PAYLOAD],
  ["miss.param", PAYLOAD],
  ["contain.unsafe.url", PAYLOAD],
  ["contain.notAllowed", PAYLOAD],
  ["staffId.notExisted", PEOPLE],
  // The next ones: https://open.dingtalk.com/document/development/create-a-scene-group
  ["member.notFound", PEOPLE],
  ["parameter.invalid", HIDDEN], // may be a user id: the caller then looks up each member
  ["permession.checkFailed", HIDDEN], // spelt so; also for an owner outside the app's scope
  ["member.exceed", CONFIG],
  ["groupTemplate", CONFIG],
  // The next ones: https://open.dingtalk.com/document/orgapp/create-and-deliver-cards
  ["param", PAYLOAD], // all that begin so, but for these
  ["param.userIdNotExist", PEOPLE],
  ["param.openSpaceIdInvalid", CONFIG],
  ["param.cardTemplateIdEmpty", CONFIG],
  ["param.contentUnsafe", PAYLOAD],
  // The next ones: https://open.dingtalk.com/document/orgapp/robot-sends-nail-message
  ["toomuch.msg", wait(MINUTE)],
  ["ding.serverquota.insufficient", CONFIG],
  ["ding.receivercount.limit", PAYLOAD],
  ["miss.staffId", PEOPLE],
  ["invalid.chatbotId", CONFIG],
  ["send.ding.exception", AGAIN],
  ["invalidClientIdOrSecret", CONFIG], // https://open.dingtalk.com/document/orgapp/obtain-the-access-token-of-an-internal-app
]);

/** Reads the answer to a legacy call. */
export function readLegacy(response: ChannelResponse, { now }: { now: number }): CallResult {
  const json = fieldsOf(response.json);
  const { errcode, errmsg, sub_code, sub_msg } = json;
  const code = wordsOf(errcode);
  const punished = punishmentOf(response);
  if (punished !== undefined) return punished;
  if (code === "" || response.status >= 300) return failure(byStatus(response, now));
  if (code === "0") return { ok: true, json };
  const words = wordsOf(errcode, errmsg, sub_code, sub_msg);
  // Code 88 wraps the gateway's own refusal: https://open.dingtalk.com/document/orgapp/server-api-error-codes-1
  const isWrapped = code === "88";
  const meant = isWrapped ? wordsOf(sub_code) : code;
  const waitMs = platformWait(meant, now);
  if (waitMs !== undefined) return wait(waitMs)(words);
  return (LEGACY.get(meant) ?? (isWrapped ? CONFIG : PAYLOAD))(words);
}

/** Reads the answer to a v1.0 call. `field`: the field that only a success has. */
export function readV1(
  response: ChannelResponse,
  { now, field }: { now: number; field: string },
): CallResult {
  const json = fieldsOf(response.json);
  const { code, message } = json;
  const punished = punishmentOf(response);
  if (punished !== undefined) return punished;
  const { status } = response;
  if (status >= 200 && status < 300 && code === undefined) {
    const isDone = json[field] !== undefined && json[field] !== false && json[field] !== "";
    return isDone ? { ok: true, json } : failure(retry(`HTTP ${status} without ${field}`));
  }
  const words = wordsOf(code, message);
  const reading = typeof code === "string" ? readingOf(code, now) : undefined;
  if (reading !== undefined) return reading(words);
  if (status === 401) return TOKEN(words || "HTTP 401");
  if (status === 400 && words !== "") return PAYLOAD(words);
  return failure(byStatus(response, now));
}

/** The reading of the code, or of the longest one that it begins with. */
function readingOf(code: string, now: number): CodeReading | undefined {
  const waitMs = platformWaitV1(code, now);
  if (waitMs !== undefined) return wait(waitMs);
  const parts = code.split(".");
  for (let length = parts.length; length > 0; length--) {
    const reading = V1.get(parts.slice(0, length).join("."));
    if (reading !== undefined) return reading;
  }
}

/** The gateway's answer in place of the API's. */
function punishmentOf(response: ChannelResponse): FailedCall | undefined {
  if (!isPunished(response)) return undefined;
  const { status, punish, errcode, errmsg } = fieldsOf(response.json);
  const words = wordsOf(status, punish, errcode, errmsg) ||
    `HTTP ${response.status} with a page instead of an answer`;
  return failure(throttled(words, { waitMs: GATEWAY_THROTTLE }));
}

/** The verdict on a message without a token: only a person can fix a refused credential. */
export function withoutToken({ verdict }: FailedCall): Verdict {
  return verdict.kind === "refused" ? { ...verdict, what: "config" } : verdict;
}

/** Every documented code: each has a remedy. */
export const CODES: readonly string[] = [...LEGACY.keys(), ...V1.keys()];
