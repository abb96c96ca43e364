/**
 * Rocket.Chat's markdown. A backslash escapes four signs, and none of them in bold; an invisible word joiner
 * separates the others. The grammar is that of the npm package @rocket.chat/message-parser, against which a test
 * checks this file.
 *
 * @module
 */
import type { Markup } from "../../relay/channel.ts";

/** A word joiner: no width, and no place for a line to break. */
const JOINER = "\u2060";

/**
 * Signs that are markup together with the next character: escapes, links, pictures, times, spoilers, emoji, mentions,
 * channels, tasks.
 */
const WITH_NEXT = /\\(?=[*_~`#.])|\](?=\()|<|\|(?=\S)|:(?=[^\s:]*:)|[@#](?=\S)|\[(?=[ xX]\])/g;

/** The beginning of a heading, a quote, a list or a block of code, at the start of a line. */
const AT_START = /^(?=[#>+-]|\d+\.)/gm;

/** A word with signs that may be markup: an underscore between letters is none. */
const MARKED_WORD = /\S*(?:[*~`]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))\S*/g;

/** The sign that makes a word an address for Rocket.Chat, which shows backslashes in addresses. */
const IN_ADDRESS = /:(?=\S)/g;

function escape(text: string): string {
  return text.replace(WITH_NEXT, `$&${JOINER}`).replace(AT_START, JOINER).replace(
    MARKED_WORD,
    (word) => word.replace(IN_ADDRESS, `$&${JOINER}`).replace(/[*_~`.]/g, "\\$&"),
  );
}

/** The markup of a message. */
export const ROCKETCHAT: Markup = {
  escape,
  bold: (words) => /[\\*\n]/.test(words) ? words : `*${words}*`,
  link: (words, url) => `[${words}](${url.replace(/[()<>\\\s]/g, encodeURIComponent)})`,
  bullet: (words) => `- ${words.replaceAll("\n", " ")}`,
};
