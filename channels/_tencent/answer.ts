/**
 * The meaning of the codes of Tencent Cloud's text messages and calls. A refusal has HTTP 200, for the request as a
 * whole or for a number.
 *
 * The codes are those of https://cloud.tencent.com/document/api/382/59177,
 * https://cloud.tencent.com/document/api/382/38780 and https://cloud.tencent.com/document/api/1128/51558, and of
 * Tencent's own client libraries: https://github.com/TencentCloud/tencentcloud-sdk-java-intl-en, SmsErrorCode, and
 * https://github.com/TencentCloud/tencentcloud-sdk-go, vms/v20200902/errors.go.
 *
 * @module
 */
import {
  type ChannelResponse,
  cut,
  delivered,
  retry,
  retryAlone,
  throttled,
  type Verdict,
} from "../../relay/channel.ts";
import { type Codes, verdictByCode } from "../_answers/by_code.ts";
import { untilMidnight } from "../_answers/calendar.ts";
import { fieldsOf, wordsOf } from "../_answers/json.ts";
import { type AnswerReading, no } from "../_answers/reading.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

const again: AnswerReading = (words) => retry(words);
const config = no("config");
const payload = no("payload");
const recipient = no("recipient");

/** The limit of a single number: only this recipient waits. */
const ofNumber = (waitOf: (now: number) => number): AnswerReading => (words, { now }) =>
  retryAlone(words, { waitMs: waitOf(now) });

const ofDay: AnswerReading = (words, { now }) =>
  throttled(words, { waitMs: untilMidnight(now), quota: true });

const READINGS: Codes = {
  "Ok": () => delivered(),
  "RequestLimitExceeded": (words) => throttled(words, { waitMs: SECOND }), // and all codes of this class
  "InternalError": again, // and all codes of this class but three, which no retry mends
  "InternalError.SigVerificationFail": config,
  "InternalError.SigFieldMissing": config,
  "InternalError.RestApiInterfaceNotExist": config,
  "AuthFailure": config, // and all codes of this class
  "AuthFailure.SignatureExpire": (words) => retry(`${words}: is the relay's clock right?`),
  "InternalError.RequestTimeException": (words) => retry(`${words}: is the relay's clock right?`),
  "UnauthorizedOperation": config, // and all codes of this class, such as an address that is not on the list
  "IpNotInWhitelist": config,
  "IpInBlacklist": config,
  "LimitExceeded.DeliveryFrequencyLimit": ofNumber(() => 30 * SECOND),
  "LimitExceeded.PhoneNumberThirtySecondLimit": ofNumber(() => 30 * SECOND),
  "LimitExceeded.PhoneNumberOneHourLimit": ofNumber(() => HOUR),
  "LimitExceeded.PhoneNumberDailyLimit": ofNumber(untilMidnight),
  "LimitExceeded.PhoneNumberSameContentDailyLimit": ofNumber(untilMidnight),
  "LimitExceeded.AppDailyLimit": ofDay,
  "LimitExceeded.AppMainlandChinaDailyLimit": ofDay,
  "LimitExceeded.AppGlobalDailyLimit": ofDay,
  "LimitExceeded.DailyLimit": ofDay, // of numbers abroad
  "LimitExceeded.AppCountryOrRegionDailyLimit": ofNumber(untilMidnight), // the other members may be elsewhere
  "LimitExceeded.AppCountryOrRegionInBlacklist": recipient,
  "LimitExceeded": (words) => throttled(words, { waitMs: 60 * SECOND }),
  "FailedOperation.InsufficientBalanceInSmsPackage": config,
  "FailedOperation.InsufficientBalanceInVoicePackage": config,
  "FailedOperation.SignatureIncorrectOrUnapproved": config,
  "FailedOperation.TemplateIncorrectOrUnapproved": config,
  "FailedOperation.TemplateUnapprovedOrNotExist": config,
  "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": config, // the number of variables
  "FailedOperation.MarketingSendTimeConstraint": config, // a marketing template is sent by day only
  "FailedOperation.PhonenumberUnappliedOrExpired": config, // the caller's number
  "InvalidParameterValue.SdkAppIdNotExist": config,
  "InvalidParameterValue.SdkAppidNotExist": config, // of calls: spelt so
  "UnsupportedOperation": config, // and all other codes of this class, such as UnsupportedRegion
  "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone": recipient,
  "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone": recipient,
  "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber": recipient,
  "FailedOperation.ContainSensitiveWord": payload,
  "FailedOperation.FailResolvePacket": payload,
  "FailedOperation": payload, // and all other codes of this class
  "InvalidParameterValue.ContentLengthLimit": payload,
  "InvalidParameterValue": payload, // and all other codes of this class, such as TemplateParameterLengthLimit
  "FailedOperation.PhoneNumberInBlacklist": recipient,
  "FailedOperation.PhoneNumberParseFail": recipient,
  "InvalidParameterValue.IncorrectPhoneNumber": recipient,
  "InvalidParameterValue.CalledNumberVerifyFail": recipient,
};

/** The verdict on the answer to a text message or a call. */
export function verdictOnPhone(response: ChannelResponse, context: { now: number }): Verdict | undefined {
  const { Error: error, SendStatusSet: set, SendStatus: call } = fieldsOf(fieldsOf(response.json).Response);
  const { Code, Message } = fieldsOf(error);
  const words = cut(wordsOf(Code, Message), { chars: 300 });
  if (typeof Code === "string") {
    return verdictByCode(response, { code: known(Code), words, codes: READINGS }, context);
  }
  if (Array.isArray(set) && set.length > 0) {
    const { Code, Message } = fieldsOf(set[0]); // one number
    const code = typeof Code === "string" ? known(Code) : undefined;
    return verdictByCode(response, { code, words: wordsOf(Code, Message), codes: READINGS }, context);
  }
  if (response.status === 200 && fieldsOf(call).CallId !== undefined) return delivered();
  return verdictByCode(response, { code: undefined, words, codes: READINGS }, context);
}

/** The code itself, or the class of codes that it belongs to. */
function known(code: string): string {
  const [kind = ""] = code.split(".");
  return Object.hasOwn(READINGS, code) ? code : kind;
}

/** Every documented code: each has a remedy. */
export const CODES: readonly string[] = Object.keys(READINGS);
