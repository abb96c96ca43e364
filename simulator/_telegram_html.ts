/**
 * Telegram's HTML: https://core.telegram.org/bots/api#html-style
 *
 * @module
 */

/** A formatted part of a text. Offsets are in UTF-16 units. */
export interface TelegramEntity {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
  readonly url?: string;
}

/** The visible text. */
export interface TelegramText {
  readonly text: string;
  readonly entities: readonly TelegramEntity[];
}

const TAGS: Readonly<Record<string, string>> = {
  b: "bold",
  strong: "bold",
  i: "italic",
  em: "italic",
  u: "underline",
  s: "strikethrough",
  code: "code",
  pre: "pre",
  blockquote: "blockquote",
  a: "text_link",
};

const CHARACTERS: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' };

/** A tag, an entity, or plain text. */
const TOKENS = /<(\/?)([a-z]+)((?:\s[^<>]*)?)>|&(\w+);|([^<&]+)|([<&])/g;

/** Parses a text. @returns the visible text, or the reason why it cannot be parsed */
export function parseTelegramHtml(html: string): TelegramText | string {
  let text = "";
  const open: { tag: string; offset: number; url: string | undefined }[] = [];
  const entities: TelegramEntity[] = [];
  for (const [, slash, tag, attributes = "", character, plain, stray] of html.matchAll(TOKENS)) {
    if (plain !== undefined) text += plain;
    else if (stray !== undefined) return `Unescaped "${stray}" at offset ${text.length}`;
    else if (character !== undefined) {
      if (!Object.hasOwn(CHARACTERS, character)) return `Unsupported entity "&${character};"`;
      text += CHARACTERS[character];
    } else if (!Object.hasOwn(TAGS, tag!)) {
      return `Unsupported start tag "${tag}" at byte offset ${text.length}`;
    } else if (slash === "/") {
      const start = open.pop();
      if (start === undefined || start.tag !== tag) {
        return `Unmatched end tag at offset ${text.length}, expected "</${start?.tag}>"`;
      }
      const { offset, url } = start;
      const length = text.length - offset;
      if (length > 0) {
        entities.push({ type: TAGS[start.tag]!, offset, length, ...url === undefined ? {} : { url } });
      }
    } else {
      const [, href] = /^\s+href="([^"<>]*)"$/.exec(attributes) ?? [];
      if (tag === "a" ? href === undefined : attributes !== "") return `Unexpected attributes of "${tag}"`;
      const url = href?.replace(/&(\w+);/g, (whole, name: string) => CHARACTERS[name] ?? whole);
      open.push({ tag: tag!, offset: text.length, url });
    }
  }
  const left = open.pop();
  return left === undefined
    ? { text, entities }
    : `Can't find end tag corresponding to start tag "${left.tag}"`;
}
