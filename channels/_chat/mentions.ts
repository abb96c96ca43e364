/**
 * Mentions in a chat: the config field, and the line of a message that holds them.
 *
 * @module
 */
import { type Member, type Message, z } from "../../relay/channel.ts";
import { isLoud } from "./follow.ts";

/** The config field, for a vendor that supports all of its values. */
export const mentionField = z.enum(["none", "members", "here", "all"]).default("none").meta({
  title: "Mention",
  description:
    "members: the group's members, by their id at the vendor. here: everybody who is online. all: everybody.",
});

/** A value of the config field. */
export type Mention = z.output<typeof mentionField>;

/** The Chinese of the field. */
export const MENTION_WORDS: Readonly<Record<string, string>> = {
  [mentionField.meta()!.description as string]:
    "members：按成员在该服务中的 ID 提醒组内成员。here：在线的人。all：所有人。",
};

/** The most characters that mentions take of a message. */
export const MENTION_CHARS = 400;

/** A vendor's mentions, in its markup. `member` returns `undefined` for a member without an id at the vendor. */
export interface MentionMarkup {
  readonly member: (member: Member) => string | undefined;
  readonly here?: string;
  readonly all: string;
}

/** The mentions that a config asks for: one line, or nothing. */
export function mentionsOf(
  mention: Mention,
  message: Message,
  { member, here, all }: MentionMarkup,
): string {
  if (mention === "none" || !isLoud(message)) return "";
  if (mention === "members") return mentionLine(message, member);
  return mention === "here" && here !== undefined ? here : all;
}

/**
 * The members as mentions in the vendor's markup: one line, or nothing. Members without an id at the vendor are left
 * out, and those who do not fit are counted: `+3`. A message that must not notify mentions nobody.
 */
export function mentionLine(message: Message, mentionOf: MentionMarkup["member"]): string {
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
