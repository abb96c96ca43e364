/**
 * The meaning of the codes of Aliyun's APIs. A refusal has HTTP 4xx or 200: only `Code` identifies it.
 *
 * The codes are those of https://help.aliyun.com/document_detail/101346.html and
 * https://help.aliyun.com/document_detail/101347.htm unless a line cites another source.
 *
 * @module
 */
import {
  type ChannelResponse,
  cut,
  delivered,
  refused,
  retry,
  retryAlone,
  throttled,
  type Verdict,
} from "../../relay/channel.ts";
import { type Codes, verdictByCode } from "../_answers/by_code.ts";
import { untilMidnight, untilNextMonth } from "../_answers/calendar.ts";
import { fieldsOf, wordsOf } from "../_answers/json.ts";
import { type AnswerReading, no } from "../_answers/reading.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Our choice: the pages name no time. */
const slower: AnswerReading = (words) => throttled(words, { waitMs: 10 * SECOND });
const again: AnswerReading = (words) => retry(words);

/** The codes of every API of Aliyun: https://help.aliyun.com/document_detail/149360.htm; the others are assumed. */
export const COMMON_CODES: Codes = {
  "Throttling": slower,
  "Throttling.User": slower,
  "Throttling.Api": slower,
  "InternalError": again,
  "ServiceUnavailable": again,
  "SignatureNonceUsed": again,
  "InvalidTimeStamp.Expired": (words) => retry(`${words}: is the relay's clock right?`),
  "InvalidAccessKeyId.NotFound": no("config"),
  "InvalidAccessKeyId.Inactive": no("config"),
  "SignatureDoesNotMatch": () => refused("config", "SignatureDoesNotMatch"), // its words quote what was signed
  "Forbidden.RAM": no("config"),
};

/** The limit of a single number, per minute, hour or day: only this recipient waits. */
const ofNumber: AnswerReading = (words, { now }) => {
  const waitMs = /天|DAY/i.test(words) ? untilMidnight(now) : /小时|HOUR/i.test(words) ? HOUR : MINUTE;
  return retryAlone(words, { waitMs });
};

/** The codes of text messages and calls. */
const PHONE_CODES: Codes = {
  ...COMMON_CODES,
  "OK": () => delivered(),
  "isv.BUSINESS_LIMIT_CONTROL": ofNumber,
  "isv.DAY_LIMIT_CONTROL": (words, { now }) => throttled(words, { waitMs: untilMidnight(now), quota: true }),
  "isv.MONTH_LIMIT_CONTROL": (words, { now }) =>
    throttled(words, { waitMs: untilNextMonth(now), quota: true }),
  "isp.SYSTEM_ERROR": again,
  "isp.GATEWAY_ERROR": again,
  "isp.UNKNOWN": again,
  "isp.RAM_PERMISSION_DENY": no("config"),
  "isv.OUT_OF_SERVICE": no("config"),
  "isv.AMOUNT_NOT_ENOUGH": no("config"),
  "isv.ACCOUNT_ABNORMAL": no("config"),
  "isv.ACCOUNT_NOT_EXISTS": no("config"),
  "isv.PRODUCT_UN_SUBSCRIPT": no("config"),
  "isv.PRODUCT_UNSUBSCRIBE": no("config"),
  "isv.DENY_IP_RANGE": no("config"),
  "isv.SMS_SIGNATURE_ILLEGAL": no("config"),
  "isv.SMS_SIGNATURE_SCENE_ILLEGAL": no("config"),
  "isv.SMS_SIGN_ILLEGAL": no("config"),
  "isv.SIGN_STATE_ILLEGAL": no("config"),
  "isv.SMS_TEMPLATE_ILLEGAL": no("config"),
  "isv.TEMPLATE_MISSING_PARAMETERS": no("config"), // the variables of the config are not the template's
  "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": no("config"),
  "isv.TTS_TEMPLATE_ILLEGAL": no("config"), // of calls: this one and the next two are assumed
  "isv.DISPLAY_NUMBER_ILLEGAL": no("config"),
  "isv.NO_AVAILABLE_SHOW_NUMBER": no("config"),
  "isv.MOBILE_NUMBER_ILLEGAL": no("recipient"),
  "isv.MOBILE_COUNT_OVER_LIMIT": no("payload"),
  "isv.SMS_CONTENT_ILLEGAL": no("payload"),
  "isv.BLACK_KEY_CONTROL_LIMIT": no("payload"),
  "isv.TEMPLATE_PARAMS_ILLEGAL": no("payload"),
  "isv.INVALID_JSON_PARAM": no("payload"),
  "isv.INVALID_PARAMETERS": no("payload"),
  "isv.PARAM_LENGTH_LIMIT": no("payload"),
  "isv.PARAM_NOT_SUPPORT_URL": no("payload"),
};

/** The verdict on the answer to a text message or a call. */
export function verdictOnPhone(response: ChannelResponse, context: { now: number }): Verdict | undefined {
  const { Code, Message } = fieldsOf(response.json);
  const words = cut(wordsOf(Code, Message), { chars: 300 });
  return verdictByCode(response, { code: Code, words, codes: PHONE_CODES }, context);
}

/** Every documented code of text messages and calls: each has a remedy. */
export const CODES: readonly string[] = Object.keys(PHONE_CODES);
