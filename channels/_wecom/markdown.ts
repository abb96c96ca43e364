/**
 * Writes the markdown that WeCom draws: https://developer.work.weixin.qq.com/document/path/91770
 *
 * @module
 */
import type { MarkdownFlavour } from "../../relay/channel.ts";

/** Colours by the mark of a line: WeCom draws `warning` orange, `info` green and `comment` grey. */
const COLOURS: Readonly<Record<string, string>> = {
  "🔴": "warning",
  "🟠": "warning",
  "🟡": "comment",
  "🔵": "comment",
  "✅": "info",
};

/** `**🔴 HighCPU** · critical · for 8 min`, and links after it. */
const HEAD = /^(\*\*(🔴|🟠|🟡|🔵|✅).*?\*\* · )((?:(?! · \[).)+)(.*)$/u;

/** The markdown of a robot and of an app. */
export const WECOM_MARKDOWN: MarkdownFlavour = {
  draws: ["heading", "bold", "link", "code", "quote", "colour"],
  breaks: true,
  titled: false,
  write: (markdown) => weComLines(markdown.split(/\n+/)).join("\n"),
};

/** A line of links only. */
const LINKS = /^\[[^\]]*\]\([^)]*\)(?: · \[[^\]]*\]\([^)]*\))*$/;

/**
 * A line ends at the same place as in the text. A bold line begins a block, and its links end it; list items, which
 * WeCom would show as `- `, are quoted.
 */
function weComLines(lines: readonly string[]): string[] {
  const result: string[] = [];
  for (const line of lines) {
    const quoted = line.replace(/^\s*- /, "> ");
    const isQuote = quoted.startsWith("> ");
    const last = result.at(-1);
    const isApart = line.startsWith("**") || last?.startsWith("> ") && !isQuote || LINKS.test(last ?? "");
    if (last !== undefined && isApart) result.push("");
    result.push(isQuote ? quoted : coloured(line));
  }
  return result;
}

function coloured(line: string): string {
  return line.replace(
    HEAD,
    (_, name: string, mark: string, facts: string, rest: string) =>
      `${name}<font color="${COLOURS[mark]}">${facts}</font>${rest}`,
  );
}
