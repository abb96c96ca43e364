/**
 * A vendor's own markup, as functions. Templates write CommonMark, in which every value from outside is escaped; the relay
 * reads it and prints it through these functions. So a value is shown exactly as it is, and never becomes markup.
 *
 * @module
 */

/** A vendor's markup. In every function except `escape` and `code`, `words` is already markup of the same vendor. */
export interface Markup {
  /** Escapes plain text, so that a reader sees exactly this text. */
  readonly escape: (text: string) => string;
  /** Default: the words alone. */
  readonly bold?: (words: string) => string;
  /** Default: the words alone. */
  readonly italic?: (words: string) => string;
  /** A short text in a fixed-width font. `text` is plain. Default: escaped text. */
  readonly code?: (text: string) => string;
  /** A link; `url` is plain, and has the protocol http, https or mailto. Default: the words, and the escaped address in brackets. */
  readonly link?: (words: string, url: string) => string;
  /** One item of a list, on a line of its own. Default: `• words`. */
  readonly bullet?: (words: string) => string;
  /** A quoted paragraph. Default: the words alone. */
  readonly quote?: (words: string) => string;
  /** Before a paragraph that begins with bold words, such as the next alert's heading. Default: a blank line. */
  readonly paragraphs?: string;
  /** Between any other two lines. Default: a line end. */
  readonly lines?: string;
}

/** Characters that may be markup anywhere in a line, also in a mention, a tag or an emoji's name (`:fire:`). */
const ANYWHERE = /[\\`*_[\]<>|~&@#$]|:(?=[\w+-]*[a-z][\w+-]*:)/gi;

/** Characters that may be markup at the start of a line. */
const LINE_START = /^(\s*)(\d*)(?=[-+=.)])/gm;

/**
 * CommonMark, for vendors that support its backslash escapes, such as Discord, Mattermost and Gotify. A bare address
 * is unchanged: it shows its target.
 */
export const COMMONMARK: Markup = {
  escape: (text) =>
    text.replace(ANYWHERE, "\\$&").replace(LINE_START, "$1$2\\")
      // Spaces at the start would make the line code; others of the same width do not.
      .replace(/^\s+/gm, (spaces) => "\u00a0".repeat(spaces.length)),
  bold: (words) => `**${words}**`,
  italic: (words) => `*${words}*`,
  code: (text) => {
    const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
    const fence = "`".repeat(longest + 1);
    const space = /^`|`$|^ .* $/.test(text) ? " " : "";
    return text === "" ? "" : fence + space + text + space + fence;
  },
  link: (words, url) => `[${words}](${addressOf(url)})`,
  bullet: (words) => `- ${words}`,
  quote: (words) => words.split("\n").map((line) => `> ${line}`).join("\n"),
  lines: "  \n", // a hard break: some clients join lines that only a line end separates
};

/** The few tags of HTML that Telegram and Matrix have in common. */
export const HTML: Markup = {
  escape: (text) => text.replace(/[&<>"]/g, (char) => ENTITIES[char]!),
  bold: (words) => `<b>${words}</b>`,
  italic: (words) => `<i>${words}</i>`,
  code: (text) => `<code>${text.replace(/[&<>"]/g, (char) => ENTITIES[char]!)}</code>`,
  link: (words, url) => `<a href="${url.replace(/[&<>"]/g, (char) => ENTITIES[char]!)}">${words}</a>`,
  quote: (words) => `<blockquote>${words}</blockquote>`,
};

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Neither a bracket nor a space may end the address early. */
function addressOf(url: string): string {
  return url.replace(/[()<>\\\s]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
