/**
 * Prints the CommonMark of a template in a vendor's own markup. The library is loaded with this file: only channels with
 * a markup of their own need it.
 *
 * @module
 */
import { Marked, type Token, type Tokens } from "marked";
import type { Markup } from "../channel.ts";
import { printable } from "../base/text.ts";
import { webAddress } from "./markdown.ts";
import { fromStandIns } from "./stand_ins.ts";

const marked = new Marked({ gfm: true, tokenizer: { url: () => undefined } }); // a bare address is text

/** Prints a template's CommonMark, whose values are stand-ins, in a markup. */
export function printMarkup(commonmark: string, markup: Markup): string {
  return new MarkupPrinter(markup).blocks(marked.lexer(commonmark));
}

/** A markup that prints only the visible text. */
export function visible({ paragraphs, lines }: Markup): Markup {
  return {
    escape: (text) => text,
    link: (words) => words,
    ...paragraphs === undefined ? {} : { paragraphs },
    ...lines === undefined ? {} : { lines },
  };
}

class MarkupPrinter {
  readonly #markup: Required<Markup>;

  constructor(markup: Markup) {
    const { escape } = markup;
    this.#markup = {
      bold: (words) => words,
      italic: (words) => words,
      code: escape,
      link: (words, url) => words === escape(url) ? words : `${words} (${escape(url)})`,
      bullet: (words) => `• ${words}`,
      quote: (words) => words,
      paragraphs: "\n\n",
      lines: "\n",
      ...markup,
    };
  }

  /** Each block begins on a new line. A heading, or a block that begins with bold words, also has a blank line before it. */
  blocks(tokens: readonly Token[]): string {
    const { paragraphs, lines } = this.#markup;
    let result = "";
    for (const token of tokens) {
      const block = this.#block(token);
      if (block !== "") result += (result === "" ? "" : isHead(token) ? paragraphs : lines) + block;
    }
    return result;
  }

  #block(token: Token): string {
    const { bold, quote, code, lines } = this.#markup;
    switch (token.type) {
      case "heading":
        return bold(this.#inline(token.tokens));
      case "blockquote":
        return quote(this.blocks(token.tokens ?? []));
      case "list":
        return (token as Tokens.List).items.map((item, index) =>
          this.#item(item, index, token as Tokens.List)
        )
          .join(lines);
      case "table":
        return [(token as Tokens.Table).header, ...(token as Tokens.Table).rows]
          .map((cells) => cells.map(({ tokens }) => this.#inline(tokens)).join(this.#text(" · "))).join(
            lines,
          );
      case "code":
        return fromStandIns(token.text).split("\n").map((line) => line === "" ? "" : code(printable(line)))
          .join(lines);
      case "html":
        return this.#text(token.text.replace(/<[^<>]*>/g, "").trim());
      case "space":
      case "hr":
        return "";
      case "def":
        return this.#text(token.raw.trim());
      default:
        return this.#inline(token.type === "paragraph" ? token.tokens : [token]);
    }
  }

  #item({ tokens }: Tokens.ListItem, index: number, { ordered, start }: Tokens.List): string {
    const { bullet, lines } = this.#markup;
    const words = tokens.map((token) => this.#block(token)).filter((block) => block !== "").join(lines);
    return ordered ? this.#text(`${Number(start) + index}. `) + words : bullet(words);
  }

  #inline(tokens: readonly Token[] = []): string {
    return tokens.map((token) => this.#span(token)).join("");
  }

  #span(token: Token): string {
    const { bold, italic, code, lines } = this.#markup;
    switch (token.type) {
      case "strong":
        return bold(this.#inline(token.tokens));
      case "em":
        return italic(this.#inline(token.tokens));
      case "codespan":
        return code(printable(fromStandIns(token.text)));
      case "link":
        return this.#link(this.#inline(token.tokens), token.href);
      case "image":
        return this.#link(this.#text(token.text), token.href);
      case "br":
        return lines;
      case "html":
        return /^<br\b/i.test(token.text) ? lines : "";
      default: {
        const { tokens, text = token.raw } = token as Tokens.Generic;
        return tokens ? this.#inline(tokens) : this.#text(text);
      }
    }
  }

  #link(words: string, href: string): string {
    const url = webAddress(fromStandIns(href));
    if (url === undefined) return words;
    return this.#markup.link(words || this.#text(url), url);
  }

  /** Keeps the line breaks of a value and of a paragraph. */
  #text(text: string): string {
    const { escape, lines } = this.#markup;
    return printable(fromStandIns(withoutEntities(text))).split("\n").map((line) => escape(line)).join(lines);
  }
}

function isHead(token: Token): boolean {
  return token.type === "heading" || token.type === "paragraph" && token.tokens?.[0]?.type === "strong";
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0" };

/** Entities that an author wrote; those in a value are stand-ins. */
function withoutEntities(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name: string) => ENTITIES[name]!);
}
