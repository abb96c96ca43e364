import type { Markup } from "../../relay/channel.ts";
import { escaped, webLink } from "./vendor_markdown.ts";

/**
 * A message in a vendor's own markup as HTML, as the vendor's client displays it: with the features that the markup has. The
 * library is loaded on first use: few relays at the edge ever show a page.
 */
export async function markupToHtml(commonmark: string, markup: Markup): Promise<string> {
  const { printMarkup } = await import("../../relay/message/markup_printer.ts");
  return printMarkup(commonmark, {
    escape: escaped,
    ...markup.bold ? { bold: (words) => `<strong>${words}</strong>` } : {},
    ...markup.italic ? { italic: (words) => `<em>${words}</em>` } : {},
    ...markup.code ? { code: (text) => `<code>${escaped(text)}</code>` } : {},
    ...markup.link ? { link: (words, url) => webLink(url, words) } : {},
    ...markup.quote ? { quote: (words) => `<blockquote>${words}</blockquote>` } : {},
    paragraphs: "<br><br>",
    lines: "<br>",
  });
}
