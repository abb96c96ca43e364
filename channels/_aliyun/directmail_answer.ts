import { type ChannelResponse, cut, delivered, type Verdict, verdictByStatus } from "../../relay/channel.ts";
import { type Codes, verdictByCode } from "../_answers/by_code.ts";
import { fieldsOf, wordsOf } from "../_answers/json.ts";
import { no } from "../_answers/reading.ts";
import { COMMON_CODES } from "./answer.ts";

/** https://help.aliyun.com/zh/direct-mail/api-dm-2015-11-23-errorcodes */
const CODES: Codes = {
  ...COMMON_CODES,
  "InvalidMailAddress.NotFound": no("config"), // the sender
  "InvalidMailAddressStatus.Malformed": no("config"),
  "InvalidMailAddressDomain.Malformed": no("config"),
  "InvalidMailAddressSendType.Malformed": no("config"),
  "InvalidFromAlias": no("config"),
  "Forbidden": no("config"), // the RAM user
  "InvalidToAddress": no("recipient"),
  "InvalidToAddress.Spam": no("recipient"),
  "InvalidReceiverName.Malformed": no("recipient"),
  "InvalidReceiver.NotFound": no("recipient"),
  "InvalidSendMail.Spam": no("payload"),
  "InvalidSubject.Malformed": no("payload"),
  "InvalidBody": no("payload"),
};

/** The verdict on DirectMail's answer. */
export function verdictOn(response: ChannelResponse, context: { now: number }): Verdict {
  const { Code, Message, EnvId, RequestId } = fieldsOf(response.json);
  const isAccepted = Code === undefined && (EnvId ?? RequestId) !== undefined;
  if (response.status === 200 && isAccepted) return delivered();
  const words = cut(wordsOf(Code, Message), { chars: 300 });
  return verdictByCode(response, { code: Code, words, codes: CODES }, context) ??
    verdictByStatus(response, context);
}
