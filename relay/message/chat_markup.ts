/**
 * The markdown that people write for DingTalk, as plain text, and as the markdown that every vendor shows. What is data in
 * it stays readable: an underscore in a name or a lone asterisk is no markup.
 *
 * @module
 */
import { cut, type Room } from "../text.ts";
import { escapeMarkdown, markdownLink } from "./markdown.ts";

/** What a link is written as. */
interface Target {
  readonly link: (words: string, url: string) => string;
  readonly heading: (words: string) => string;
  /** A line, in which a sign stands for each link. */
  readonly words: (text: string) => string;
  readonly code: (line: string) => string;
}

const PLAIN: Target = {
  // Nothing may touch an address: what stands beside it would become part of it.
  link: (words, url) => words === "" || words === url ? url : `${withoutEmphasis(words)} ${url}`,
  heading: (words) => withoutEmphasis(words),
  words: (text) => withoutEmphasis(text),
  code: (line) => line,
};

/** Bold words, lists and links are what all of them show. */
const COMMON: Target = {
  link: (words, url) => markdownLink(withoutEmphasis(words), url),
  heading: (words) => words === "" ? "" : `**${withoutEmphasis(words)}**`,
  words: (text) => text.replaceAll("<", "＜"), // another vendor's mention or tag was not meant
  code: (line) => escapeMarkdown(line),
};

/** As plain text: marks are gone, and a link's address stands behind its words. */
export function plainFromMarkdown(text: string): string {
  return convert(text, PLAIN);
}

/** As the markdown that every vendor shows. */
export function commonMarkdown(text: string): string {
  return convert(text, COMMON);
}

/**
 * The address that a link leads to where only the web is known: DingTalk's own links carry it inside.
 * Source: https://open.dingtalk.com/document/orgapp/message-link-description
 */
export function webAddressOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed?.protocol !== "dingtalk:") return url;
  const inner = parsed.searchParams.get("url") ?? "";
  return /^https?:/i.test(inner) && URL.canParse(inner) ? inner : url;
}

/** A markdown text, cut: a link or a bold word that was cut through is left out, or is plain. */
export function cutMarkup(text: string, room: Room): string {
  const short = cut(text, room);
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

/** Tags that DingTalk's markdown shows; what they stand around stays. */
const TAGS = /<\/?(?:font|b|i|u|em|strong|span|p|div|center)(?:\s[^<>]*)?>/gi;

function convertLine(line: string, target: Target): string {
  const unquoted = line.replace(/^\s{0,3}(?:>\s?)+/, "").replace(/<br\s*\/?>/gi, "\n").replace(TAGS, "");
  if (/^\s*([-*_])(?:\s*\1){2,}\s*$/.test(unquoted)) return ""; // a rule
  if (unquoted.includes("|") && /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/.test(unquoted)) return ""; // a table's second line
  const [, heading] = /^\s{0,3}#{1,6}\s+(.*?)[\s#]*$/.exec(unquoted) ?? [];
  if (heading !== undefined) {
    // A link in bold words is not shown by all.
    return LINK.test(heading) ? inline(heading, target) : target.heading(heading);
  }
  return inline(unquoted.replace(/^(\s*)[*+](?=\s)/, "$1-"), target);
}

/** `[words](address)` and `![words](address "title")`, and `<address>`. */
const LINK =
  /(!?)\[([^\[\]]*)\]\(\s*([^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+"[^"]*")?\s*\)|<(https?:\/\/[^\s<>]+)>/;

/** Stands for a link while the words around it are looked at; no text has it. */
const SIGN = "\ue000";

function inline(text: string, target: Target): string {
  let rest = text.replaceAll(SIGN, "");
  let words = "";
  const links: string[] = [];
  for (let match; (match = LINK.exec(rest)) !== null;) {
    const [whole, , label = "", address = "", bare] = match;
    const url = webAddressOf(bare ?? address);
    const isLink = /^(?:https?|mailto|tel):/i.test(url);
    words += rest.slice(0, match.index) + (isLink ? SIGN : label);
    rest = rest.slice(match.index + whole.length);
    if (isLink) {
      links.push(target.link(bare ?? label, url) + (target === PLAIN && /^\S/.test(rest) ? " " : ""));
    }
  }
  return target.words(words + rest).replaceAll(SIGN, () => links.shift()!);
}

/** Without bold, italic, struck and code marks, where they are pairs around words. */
function withoutEmphasis(text: string): string {
  return text
    .replace(/`+([^`]+)`+/g, "$1")
    .replace(/\*\*(?=\S)(.+?)(?<=\S)\*\*/g, "$1")
    .replace(/(?<![\p{L}\p{N}_])__(?=\S)(.+?)(?<=\S)__(?![\p{L}\p{N}_])/gu, "$1")
    .replace(/(?<![\p{L}\p{N}*])\*(?=[^\s*])([^*]+?)(?<=[^\s*])\*(?![\p{L}\p{N}*])/gu, "$1")
    .replace(/(?<![\p{L}\p{N}_])_(?=[^\s_])([^_]+?)(?<=[^\s_])_(?![\p{L}\p{N}_])/gu, "$1")
    .replace(/~~(?=\S)(.+?)(?<=\S)~~/g, "$1");
}
