import { COMMONMARK, cut, type Message } from "../../relay/channel.ts";
import { buttonsOf } from "../_chat/buttons.ts";
import { hexOf } from "../_chat/colour.ts";
import { isLoud } from "../_chat/follow.ts";
import { type Mention, type MentionMarkup, mentionsOf } from "../_chat/mentions.ts";

// The sizes of https://discord.com/developers/docs/resources/message#embed-object-embed-limits and …/webhook#execute-webhook
const CONTENT_CHARS = 2_000;

/** UTF-16 units of a body. */
export const DESCRIPTION_CHARS = 4_096;

/** https://discord.com/developers/docs/components/reference#button */
const BUTTON = { chars: 80, address: 512 };

const MENTIONS: MentionMarkup = {
  member: ({ discord }) => discord && `<@${discord}>`,
  here: "@here",
  all: "@everyone",
};

/** The text is the title, which a notification shows; the body is beside a line in the colour of the severity. */
export function contentOf(
  { mention }: { readonly mention: Mention },
  message: Message,
): Record<string, unknown> {
  if (message.plain) {
    // Within the limit of a plain message, unless a label consists of signs alone.
    const content = message.body.slice(0, CONTENT_CHARS);
    return { content, embeds: [], components: [], allowed_mentions: { parse: [] } };
  }
  const calls = mentionsOf(mention, message, MENTIONS);
  const title = `**${COMMONMARK.escape(message.title)}**`;
  const buttons = buttonsOf(message, { most: 5 }).filter(({ url }) => url.length <= BUTTON.address);
  const row = buttons.map(({ title, url }) => ({
    type: 2,
    style: 5,
    label: cut(title, { chars: BUTTON.chars }),
    url,
  }));
  return {
    content: calls === "" ? title : `${title}\n${calls}`,
    embeds: message.body.trim() === ""
      ? []
      : [{ description: message.body, color: Number.parseInt(hexOf(message).slice(1), 16) }],
    components: row.length === 0 ? [] : [{ type: 1, components: row }],
    allowed_mentions: allowedOf(mention, message),
  };
}

/** Nobody else can be mentioned, whatever a label says; Discord accepts a hundred ids. */
function allowedOf(mention: Mention, message: Message): Record<string, unknown> {
  if (mention === "none" || !isLoud(message)) return { parse: [] };
  if (mention !== "members") return { parse: ["everyone"] };
  const ids = message.recipients.map(({ discord }) => discord).filter((id) => id !== undefined);
  return { users: [...new Set(ids)].slice(0, 100), parse: [] };
}
