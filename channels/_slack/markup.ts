/**
 * The text of a Slack message. Slack's mrkdwn cannot escape `*`, `_` and the like, so that a value may turn into markup. Its
 * rich text can: there a value is data. The relay prints mrkdwn in which such characters are entities, and this file reads it
 * as rich text: https://docs.slack.dev/reference/block-kit/blocks/rich-text-block
 *
 * @module
 */
import type { Markup } from "../../relay/channel.ts";

/** A part of a line. */
export type RichTextElement =
  | { readonly type: "text"; readonly text: string; readonly style?: RichTextStyle }
  | { readonly type: "link"; readonly url: string; readonly text: string; readonly style?: RichTextStyle }
  | { readonly type: "user"; readonly user_id: string }
  | { readonly type: "broadcast"; readonly range: "here" | "channel" };

/** How a text is shown. */
export type RichTextStyle = { readonly bold?: true; readonly italic?: true; readonly code?: true };

interface Section {
  readonly type: "rich_text_section" | "rich_text_quote";
  readonly elements: readonly RichTextElement[];
}

/** A part of a rich text. */
export type RichTextPart = Section | {
  readonly type: "rich_text_list";
  readonly style: "bullet";
  readonly elements: readonly Section[];
};

/** Everything that the reader below takes for markup, and what Slack itself does. */
const MARKUP = /[&<>|*_~`•]/g;

function escape(text: string): string {
  return text.replace(MARKUP, (char) => `&#${char.codePointAt(0)};`);
}

/** Prints what {@linkcode richTextOf} reads. */
export const MRKDWN: Markup = {
  escape,
  bold: (words) => `*${words}*`,
  italic: (words) => `_${words}_`,
  code: (text) => `\`${escape(text)}\``,
  link: (words, url) => `<${escape(url)}|${words}>`,
  bullet: (words) => `• ${words.replaceAll("\n", "&#10;")}`,
  quote: (words) => words.split("\n").map((line) => `> ${line}`).join("\n"),
};

/** The text that Slack shows in a notification, where only three characters are special. */
export function plainText(text: string): string {
  return text.replace(/[&<>]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char]!);
}

/** Reads a body that was printed through {@linkcode MRKDWN}. */
export function richTextOf(body: string): RichTextPart[] {
  const reader = new LineReader();
  const parts: RichTextPart[] = [];
  for (const [kind, lines] of groupsOf(body.split("\n"))) {
    const rows = lines.map((line) => reader.read(line));
    if (kind === "rich_text_list") {
      const elements = rows.map((elements): Section => ({ type: "rich_text_section", elements }));
      parts.push({ type: kind, style: "bullet", elements });
    } else {
      const elements = rows.flatMap((row, at) => at === 0 ? row : [textOf("\n"), ...row]);
      if (elements.some((element) => element.type !== "text" || element.text.trim() !== "")) {
        parts.push({ type: kind, elements });
      }
    }
  }
  return parts;
}

/** Lines of one kind that follow each other, without what makes them of that kind. */
function groupsOf(lines: readonly string[]): [RichTextPart["type"], string[]][] {
  const groups: [RichTextPart["type"], string[]][] = [];
  for (const line of lines) {
    const [kind, text]: [RichTextPart["type"], string] = line.startsWith("• ")
      ? ["rich_text_list", line.slice(2)]
      : line.startsWith("> ")
      ? ["rich_text_quote", line.slice(2)]
      : ["rich_text_section", line];
    const last = groups.at(-1);
    if (last?.[0] === kind) last[1].push(text);
    else groups.push([kind, [text]]);
  }
  return groups;
}

/** A mark, or the text up to the next one. */
const TOKENS = /[*_`>]|<([^|]*)\||[^*_`<>]+/g;

/** Reads lines; what is bold at the end of a line is so on the next. */
class LineReader {
  #bold = false;
  #italic = false;
  #code = false;
  #url: string | undefined;

  read(line: string): RichTextElement[] {
    const elements: RichTextElement[] = [];
    for (const [token, url] of line.matchAll(TOKENS)) {
      if (token === "*") this.#bold = !this.#bold;
      else if (token === "_") this.#italic = !this.#italic;
      else if (token === "`") this.#code = !this.#code;
      else if (token === ">") this.#url = undefined;
      else if (url !== undefined) this.#url = unescape(url);
      else elements.push(this.#element(unescape(token)));
    }
    return elements;
  }

  #element(text: string): RichTextElement {
    const style: RichTextStyle = {
      ...this.#bold ? { bold: true } : {},
      ...this.#italic ? { italic: true } : {},
      ...this.#code ? { code: true } : {},
    };
    const shown = Object.keys(style).length === 0 ? {} : { style };
    return this.#url === undefined
      ? { type: "text", text, ...shown }
      : { type: "link", url: this.#url, text, ...shown };
  }
}

function textOf(text: string): RichTextElement {
  return { type: "text", text };
}

function unescape(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
}
