import { cut, HTML, type Message } from "../../relay/channel.ts";
import { buttonsOf } from "../_chat/buttons.ts";
import { textOfHtml } from "../_chat/html_text.ts";
import { type Mention, type MentionMarkup, mentionsOf } from "../_chat/mentions.ts";

/** The text of a card: https://developers.google.com/workspace/chat/format-messages#card-formatting */
export const CARD_HTML = {
  ...HTML,
  code: HTML.escape, // a card has no fixed-width font
  quote: (words: string) => `<i>${words}</i>`,
};

const MENTIONS: MentionMarkup = {
  member: ({ google_chat: id }) => id && `<users/${id}>`,
  all: "<users/all>",
};

/** The text, which a notification shows, contains the mentions. The rest is a card, in which a value can be escaped. */
export function contentOf(
  { mention }: { readonly mention: Mention },
  message: Message,
): Record<string, unknown> {
  if (message.plain) return { text: withoutCalls(textOfHtml(message.body)) };
  const buttons = buttonsOf(message, { most: 6 }).map(({ title, url }) => ({
    text: title,
    onClick: { openLink: { url } },
  }));
  const widgets = [
    { textParagraph: { text: `<b>${HTML.escape(message.title)}</b>` } },
    ...message.body.trim() === "" ? [] : [{ textParagraph: { text: message.body } }],
    ...buttons.length === 0 ? [] : [{ buttonList: { buttons } }],
  ];
  const calls = mentionsOf(mention, message, MENTIONS);
  return {
    ...calls === "" ? {} : { text: calls },
    fallbackText: cut(message.title, { chars: 200 }),
    cardsV2: [{ cardId: "alert", card: { sections: [{ widgets }] } }],
  };
}

/** A text has no escapes: without an invisible character after its bracket, `<users/all>` would mention everybody. */
function withoutCalls(text: string): string {
  return text.replaceAll("<", "<\u200b");
}
