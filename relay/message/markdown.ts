import { oneLine } from "../base/text.ts";

/** The form of values from outside in the markdown of a template. */
export interface MarkdownSyntax {
  /** A value as text. It may have several lines. */
  readonly escape: (text: string) => string;
  /** A link; its words alone if the address is not http, https or mailto. */
  readonly link: (words: string, url: string) => string;
  /** Makes each line a paragraph, for vendors that join lines which only a line end separates. */
  readonly apart: (markdown: string) => string;
}

/*
 * DingTalk, WeCom and Feishu have no backslash escape that can be relied on. So only a character that would become
 * markup is replaced by its full-width look-alike: texts that people copy (node_cpu_seconds_total, a path, an
 * address) are unchanged.
 */

/** A character that may be markup anywhere in a line, and the look-alike to put there. */
const INLINE: readonly (readonly [RegExp, string])[] = [
  [/\*/g, "＊"],
  [/`/g, "｀"],
  [/</g, "＜"],
  [/\](?=\()/g, "］"], // [words](address)
  [/!(?=\[)/g, "！"], // ![picture](address)
  [/&(?=#?\w+;)/g, "＆"], // &lt; would show as <
  [/\\(?=[!-/:-@[-`{-~]|$)/gm, "＼"], // \. would show as . and a last \ would reach into what follows
];

/** Underscores inside a word, as in node_cpu, are not markup. */
const UNDERSCORES = /(?<![\p{L}\p{N}_])_+|_+(?![\p{L}\p{N}_])/gu;

/** Characters that are markup only at the start of a line. */
const LINE_START: readonly (readonly [RegExp, string])[] = [
  [/^#/, "＃"],
  [/^>/, "＞"],
  [/^-(?=\s|$)/, "－"],
  [/^\+(?=\s|$)/, "＋"],
  [/^(\d+)\.(?=\s|$)/, "$1．"],
  [/^(\d+)\)(?=\s|$)/, "$1）"],
  [/^\[(?=[ xX]\]|.*\]:|(?:[^\]]|\](?=\())*$)/, "［"], // a task's box; [::1]:9100 would vanish, as the definition of a reference
];

/** Rules, underlines of headings and the second line of a table consist of these characters only. */
const RULER = /^[\s|:=-]*[=-][\s|:=-]*$/;

/**
 * Escapes a value from outside as text of a markdown message: it cannot become a link, picture, emphasis, code,
 * heading, quote, list, table or tag. A bare address is unchanged: it shows its target.
 */
export function escapeMarkdown(text: string): string {
  // One ~ is a home folder or "about"; two may strike out the text between them.
  const struck = text.indexOf("~") !== text.lastIndexOf("~");
  return (struck ? text.replace(/~/g, "～") : text).split(/\r\n?|\n/).map(escapeLine).join("\n");
}

function escapeLine(line: string): string {
  const words = line.trim();
  if (words === "") return "";
  // Spaces before a line make it code; others of the same width do not, and keep a stack trace readable.
  const indent = "\u00a0".repeat(line.length - line.trimStart().length);
  if (RULER.test(words)) return indent + words.replace(/-/g, "－").replace(/=/g, "＝").replace(/\|/g, "｜");
  let result = words.replace(UNDERSCORES, (run) => "＿".repeat(run.length));
  for (const [active, lookalike] of [...LINE_START, ...INLINE]) result = result.replace(active, lookalike);
  return indent + result;
}

const PROTOCOLS: ReadonlySet<string> = new Set(["http:", "https:", "mailto:"]);

/**
 * A link in markdown. Neither the title nor the address can end it early.
 *
 * @returns The title alone, escaped, if the address is not http, https or mailto.
 */
export function markdownLink(title: string, url: string): string {
  const address = webAddress(url)?.replace(
    /[()<>"'`\\\s]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  if (address === undefined) return linkWords(title);
  return `[${linkWords(title) || linkWords(address)}](${address})`;
}

/** The address of a link; `undefined` if it is not http, https or mailto. */
export function webAddress(url: string): string | undefined {
  const parsed = URL.parse(url);
  return parsed !== null && PROTOCOLS.has(parsed.protocol) ? parsed.href : undefined;
}

/** The markdown of vendors without reliable escapes. Each line becomes a paragraph. */
export const LOOK_ALIKES: MarkdownSyntax = {
  escape: (text) => asParagraphs(escapeMarkdown(text)),
  link: markdownLink,
  apart: asParagraphs,
};

function asParagraphs(text: string): string {
  return text.replace(/\n+/g, "\n\n");
}

function linkWords(text: string): string {
  return escapeMarkdown(oneLine(text)).replace(/\[/g, "［").replace(/\]/g, "］");
}
