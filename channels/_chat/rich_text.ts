/**
 * Text as data, for vendors whose messages are made of runs of text, in which a value cannot become markup: Slack's rich text,
 * the cards of Teams. The relay prints a body through {@linkcode RICH_TEXT}, and {@linkcode linesOf} reads it.
 *
 * @module
 */
import type { Markup } from "../../relay/channel.ts";

/** Text of one style. */
export interface Run {
  readonly text: string;
  readonly bold?: true;
  readonly italic?: true;
  readonly code?: true;
  /** The address of a link. */
  readonly url?: string;
}

/** A line; an empty one has no runs. */
export interface Line {
  readonly kind: "text" | "bullet" | "quote";
  readonly runs: readonly Run[];
}

/** The signs that the reader below parses as markup. */
const SIGNS = /[&<>|*_`•]/g;

function escape(text: string): string {
  return text.replace(SIGNS, (char) => `&#${char.codePointAt(0)};`);
}

/** Similar to Slack's mrkdwn, except for the values: each sign in them is an entity. */
export const RICH_TEXT: Markup = {
  escape,
  bold: (words) => `*${words}*`,
  italic: (words) => `_${words}_`,
  code: (text) => `\`${escape(text)}\``,
  link: (words, url) => `<${escape(url)}|${words}>`,
  bullet: (words) => `• ${words.replaceAll("\n", "&#10;")}`,
  quote: (words) => words.split("\n").map((line) => `> ${line}`).join("\n"),
};

/**
 * Reads a body that was printed through {@linkcode RICH_TEXT}. Bold text at the end of a line continues on the next
 * line.
 */
export function linesOf(body: string): Line[] {
  const reader = new LineReader();
  return body.split("\n").map((line): Line => {
    if (line.startsWith("• ")) return { kind: "bullet", runs: reader.read(line.slice(2)) };
    if (line.startsWith("> ")) return { kind: "quote", runs: reader.read(line.slice(2)) };
    return { kind: "text", runs: reader.read(line) };
  });
}

/** The visible text of a body, without the addresses of its links. */
export function textOf(body: string): string {
  return linesOf(body).map(({ runs }) => runs.map(({ text }) => text).join("")).join("\n");
}

/** A sign, the address of a link, or the text up to the next sign. */
const TOKENS = /[*_`>]|<([^|]*)\||[^*_`<>]+/g;

class LineReader {
  #bold = false;
  #italic = false;
  #code = false;
  #url: string | undefined;

  read(line: string): Run[] {
    const runs: Run[] = [];
    for (const [token, url] of line.matchAll(TOKENS)) {
      if (token === "*") this.#bold = !this.#bold;
      else if (token === "_") this.#italic = !this.#italic;
      else if (token === "`") this.#code = !this.#code;
      else if (token === ">") this.#url = undefined;
      else if (url !== undefined) this.#url = unescape(url);
      else runs.push(this.#run(unescape(token)));
    }
    return runs;
  }

  #run(text: string): Run {
    return {
      text,
      ...this.#bold ? { bold: true } : {},
      ...this.#italic ? { italic: true } : {},
      ...this.#code ? { code: true } : {},
      ...this.#url === undefined ? {} : { url: this.#url },
    };
  }
}

function unescape(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
