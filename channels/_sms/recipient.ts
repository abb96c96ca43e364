import { type Message, type Refused, refused, type Skipped, skipped } from "../../relay/channel.ts";
import { type PhoneNumber, phoneNumber } from "./number.ts";

/** The number of the one recipient, or the reason why nothing is sent. */
export function numberFor(
  { recipients: [recipient], status }: Message,
  { resolved }: { resolved: boolean },
): PhoneNumber | Refused | Skipped {
  if (status === "resolved" && !resolved) return skipped("a resolved alert is not sent");
  if (!recipient?.mobile) return refused("recipient", "the member has no mobile number");
  return phoneNumber(recipient.mobile) ??
    refused("recipient", "the member's mobile is no number: write +, the country and the number");
}

/** As {@linkcode numberFor}, for a vendor that calls only numbers of mainland China. */
export function chineseNumberFor(
  message: Message,
  config: { resolved: boolean },
): PhoneNumber | Refused | Skipped {
  const number = numberFor(message, config);
  return "kind" in number || number.isChinese
    ? number
    : refused("recipient", "calls go to numbers of mainland China only");
}
