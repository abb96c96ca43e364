import { type CardWords, linksOf } from "./card_words.ts";
import { itemsOf, membersOf, textOf } from "./loose_json.ts";

/**
 * The words of a WeCom template card, of any type; a part of another type than documented is left out.
 *
 * Source: https://developer.work.weixin.qq.com/document/path/91770
 */
export function weComCardWords(card: Readonly<Record<string, unknown>>): CardWords {
  const source = textOf(membersOf(card.source).desc);
  const main = titled(card.main_title);
  const emphasis = titled(card.emphasis_content);
  const picture = titled(card.image_text_area);
  const quote = membersOf(card.quote_area);
  const quoted = [textOf(quote.title), textOf(quote.quote_text)].filter(Boolean);
  const lines = itemsOf(card.vertical_content_list).map(titled).map(({ title, desc }) => pair(title, desc));
  const facts = itemsOf(card.horizontal_content_list).map(membersOf);
  const text = [
    source,
    [main.title && `**${main.title}**`, main.desc].filter(Boolean).join("\n"),
    [emphasis.title && `**${emphasis.title}**`, emphasis.desc].filter(Boolean).join(" "),
    [picture.title, picture.desc].filter(Boolean).join("\n"),
    quoted.map((line) => line.replace(/^/gm, "> ")).join("\n"),
    textOf(card.sub_title_text),
    lines.filter(Boolean).join("\n"),
    facts.map(({ keyname, value }) => pair(textOf(keyname), textOf(value))).filter(Boolean).join("\n"),
  ];
  return {
    title: main.title || textOf(card.sub_title_text) || emphasis.title || source,
    text: text.filter(Boolean).join("\n\n"),
    links: linksOf([
      { url: membersOf(card.card_action).url, title: main.title },
      ...itemsOf(card.jump_list).map(membersOf),
      { url: quote.url, title: quote.title },
      { url: membersOf(card.image_text_area).url, title: picture.title },
      ...facts.map(({ url, value }) => ({ url, title: value })),
    ]),
  };
}

function titled(value: unknown): { readonly title: string; readonly desc: string } {
  const { title, desc } = membersOf(value);
  return { title: textOf(title), desc: textOf(desc) };
}

function pair(name: string, value: string): string {
  return [name, value].filter(Boolean).join(": ");
}
