import type { Member, Message } from "../../relay/channel.ts";
import { isLoud } from "./follow.ts";

/** The most characters that mentions take of a message. */
export const MENTION_CHARS = 400;

/**
 * The members to call, as the vendor's markup; members whom the vendor does not know are left out. A message that must not
 * ring calls nobody.
 *
 * @param mentionOf The markup that calls a member; `undefined` if the vendor does not know them
 * @returns Nothing, or one line. Those who do not fit are counted: `+3`
 */
export function mentionLine(message: Message, mentionOf: (member: Member) => string | undefined): string {
  if (!isLoud(message)) return "";
  const all = message.recipients.map(mentionOf).filter((mention) => mention !== undefined);
  const shown: string[] = [];
  let chars = " +999".length;
  for (const mention of all) {
    chars += mention.length + 1;
    if (chars > MENTION_CHARS) break;
    shown.push(mention);
  }
  return shown.length < all.length ? `${shown.join(" ")} +${all.length - shown.length}` : shown.join(" ");
}
