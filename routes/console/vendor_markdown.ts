import type { MarkdownFeature, MarkdownFlavour } from "../../relay/channel.ts";

/** The markdown of an unknown vendor. */
const COMMON: MarkdownFlavour = {
  draws: ["heading", "bold", "italic", "code", "fence", "link", "image", "quote", "list", "rule"],
};

/** The steps of the parser, each with the features that need it. */
const STEPS = {
  heading: ["heading"],
  fences: ["fence"],
  blockquote: ["quote"],
  list: ["list"],
  hr: ["rule"],
  codespan: ["code"],
  link: ["link", "image"],
  emStrong: ["bold", "italic"],
  del: ["strike"],
  // No chat displays these: indented code, underlined headings, tables, references and HTML.
  code: [],
  lheading: [],
  table: [],
  def: [],
  reflink: [],
  html: [],
} as const satisfies Record<string, readonly MarkdownFeature[]>;

/** A coloured text, with the colour names of WeCom and Feishu. */
const FONT = /^<font color=(["']?)(info|comment|warning|red|green|grey)\1>$/;

/**
 * A message's markdown as HTML, as its vendor's client displays it; other marks are shown as text. It may contain a
 * sender's own markup: no HTML passes through, only web links are links, and no picture is loaded. The library is loaded on
 * first use: few relays at the edge ever show a page.
 */
export async function toHtml(text: string, flavour: MarkdownFlavour = COMMON): Promise<string> {
  const { Marked } = await import("marked");
  const draws = new Set<MarkdownFeature>(flavour.draws);
  const unread = Object.entries(STEPS).filter(([, features]) =>
    !features.some((feature: MarkdownFeature) => draws.has(feature))
  );
  return await new Marked({
    gfm: true,
    breaks: flavour.breaks ?? false,
    tokenizer: {
      url: () => undefined,
      autolink: () => undefined,
      ...Object.fromEntries(unread.map(([step]) => [step, () => undefined])),
    },
    renderer: {
      html({ text }): string {
        if (!draws.has("colour")) return escaped(text);
        const [, , colour] = FONT.exec(text) ?? [];
        if (colour !== undefined) return `<span class="font-${colour}">`;
        return text === "</font>" ? "</span>" : escaped(text);
      },
      link({ href, tokens, raw }): string {
        return draws.has("link") ? webLink(href, this.parser.parseInline(tokens)) : escaped(raw);
      },
      image: ({ href, text, raw }) => draws.has("image") ? webLink(href, escaped(text)) : escaped(raw),
      checkbox: ({ checked }) => checked ? "[x] " : "[ ] ",
      em({ tokens, raw }): string {
        return draws.has("italic") ? `<em>${this.parser.parseInline(tokens)}</em>` : escaped(raw);
      },
      strong({ tokens, raw }): string {
        return draws.has("bold") ? `<strong>${this.parser.parseInline(tokens)}</strong>` : escaped(raw);
      },
    },
  }).parse(text);
}

/** A link in HTML; its words alone if the address is not http, https or mailto. `words` are HTML. */
export function webLink(href: string, words: string): string {
  return /^(?:https?|mailto):/i.test(href)
    ? `<a href="${escaped(href)}" rel="noopener noreferrer nofollow">${words || escaped(href)}</a>`
    : words;
}

/** A text, escaped for HTML. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
