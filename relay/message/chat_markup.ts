/**
 * Converts people's markdown for DingTalk, WeCom or Feishu to plain text, or to the markdown that every vendor
 * renders. Data that looks like markup is unchanged: an underscore in a name, a lone asterisk.
 *
 * @module
 */
import { cut, type TextLimit } from "../base/text.ts";
import { isWebAddress } from "../base/web_address.ts";
import { LOOK_ALIKES, type MarkdownSyntax } from "./markdown.ts";

/** The target format of each part. */
interface Target {
  readonly link: (words: string, url: string) => string;
  readonly heading: (words: string) => string;
  /** A line of text, in which {@linkcode LINK_STAND_IN} replaces each link. */
  readonly words: (text: string) => string;
  readonly code: (line: string) => string;
}

const PLAIN: Target = {
  // An adjacent character would become part of the address.
  link: (words, url) => words === "" || words === url ? url : `${withoutEmphasis(words)} ${url}`,
  heading: (words) => withoutEmphasis(words),
  words: (text) => withoutEmphasis(text),
  code: (line) => line,
};

/** Every vendor renders bold text, lists and links. */
function common({ escape, link }: MarkdownSyntax): Target {
  const words = (text: string): string => text.replaceAll("<", () => escape("<")); // it may begin a mention or a tag
  return {
    link: (words, url) => link(withoutEmphasis(words), url),
    heading: (text) => text === "" ? "" : `**${words(withoutEmphasis(text))}**`,
    words,
    code: (line) => escape(line),
  };
}

/** Plain text: without markup, and with a link's address after its words. */
export function plainFromMarkdown(text: string): string {
  return convert(text, PLAIN);
}

/** The markdown that every vendor renders. */
export function commonMarkdown(text: string, syntax: MarkdownSyntax = LOOK_ALIKES): string {
  return convert(text, common(syntax));
}

/**
 * The web address of a link: DingTalk's own `dingtalk:` links carry it as a parameter.
 * Source: https://open.dingtalk.com/document/orgapp/message-link-description
 */
export function webAddressOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed?.protocol !== "dingtalk:") return url;
  const inner = parsed.searchParams.get("url") ?? "";
  return isWebAddress(inner) ? inner : url;
}

/** Truncates a markdown text: a link at the cut is left out, and bold text at the cut becomes plain. */
export function cutMarkup(text: string, limit: TextLimit): string {
  const short = cut(text, limit);
  if (short === text) return text;
  const whole = short.replace(/!?\[[^\]\n]*(?:\](?:\([^)\n]*)?)?…$/, "…");
  const lastLine = whole.slice(whole.lastIndexOf("\n") + 1);
  if (lastLine.split("**").length % 2 === 1) return whole;
  const open = whole.lastIndexOf("**");
  return whole.slice(0, open) + whole.slice(open + 2);
}

function convert(text: string, target: Target): string {
  let isCode = false;
  const lines = text.split(/\r\n?|\n/).flatMap((line): string[] => {
    if (/^\s*(```|~~~)/.test(line)) {
      isCode = !isCode;
      return [];
    }
    if (isCode) return [target.code(line)];
    return convertLine(line, target).split("\n");
  });
  return lines.join("\n").replace(/\n{3,}/g, "\n\n").trim();
}

/** Tags that the vendors' markdown renders: they are removed, and their content stays. */
const TAGS = /<\/?(?:font|b|i|u|em|strong|span|p|div|center|text_tag|number_tag)(?:\s[^<>]*)?>/gi;

/** A link as WeCom and Feishu also write it. */
const ANCHOR = /<a\s[^<>]*?href=["']?([^"'<>\s]+)["']?[^<>]*>([^<>]*)<\/a>/gi;

function convertLine(line: string, target: Target): string {
  const unquoted = line.replace(/^\s{0,3}(?:>\s?)+/, "").replace(/<br\s*\/?>/gi, "\n")
    .replace(ANCHOR, "[$2]($1)").replace(TAGS, "");
  if (/^\s*([-*_])(?:\s*\1){2,}\s*$/.test(unquoted)) return ""; // a rule
  if (unquoted.includes("|") && /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/.test(unquoted)) return ""; // a table's second line
  const [, heading] = /^\s{0,3}#{1,6}\s+(.*?)[\s#]*$/.exec(unquoted) ?? [];
  if (heading !== undefined) {
    // Some vendors do not render a link inside bold text.
    return LINK.test(heading) ? inline(heading, target) : target.heading(heading);
  }
  return inline(unquoted.replace(/^(\s*)[*+](?=\s)/, "$1-"), target);
}

/** `[words](address)` and `![words](address "title")`, and `<address>`. */
const LINK =
  /(!?)\[([^\[\]]*)\]\(\s*([^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+"[^"]*")?\s*\)|<(https?:\/\/[^\s<>]+)>/;

/**
 * A private-use character that replaces a link while the text around it is converted. The text itself may not contain
 * it.
 */
const LINK_STAND_IN = "\ue000";

function inline(text: string, target: Target): string {
  let rest = text.replaceAll(LINK_STAND_IN, "");
  let words = "";
  const links: string[] = [];
  for (let match; (match = LINK.exec(rest)) !== null;) {
    const [whole, , label = "", address = "", bare] = match;
    const url = webAddressOf(bare ?? address);
    const isLink = /^(?:https?|mailto|tel):/i.test(url);
    words += rest.slice(0, match.index) + (isLink ? LINK_STAND_IN : label);
    rest = rest.slice(match.index + whole.length);
    if (isLink) {
      links.push(target.link(bare ?? label, url) + (target === PLAIN && /^\S/.test(rest) ? " " : ""));
    }
  }
  return target.words(words + rest).replaceAll(LINK_STAND_IN, () => links.shift()!);
}

/** Removes the marks of bold, italic, struck and code text that enclose words in pairs. */
function withoutEmphasis(text: string): string {
  return text
    .replace(/`+([^`]+)`+/g, "$1")
    .replace(/\*\*(?=\S)(.+?)(?<=\S)\*\*/g, "$1")
    .replace(/(?<![\p{L}\p{N}_])__(?=\S)(.+?)(?<=\S)__(?![\p{L}\p{N}_])/gu, "$1")
    .replace(/(?<![\p{L}\p{N}*])\*(?=[^\s*])([^*]+?)(?<=[^\s*])\*(?![\p{L}\p{N}*])/gu, "$1")
    .replace(/(?<![\p{L}\p{N}_])_(?=[^\s_])([^_]+?)(?<=[^\s_])_(?![\p{L}\p{N}_])/gu, "$1")
    .replace(/~~(?=\S)(.+?)(?<=\S)~~/g, "$1");
}
