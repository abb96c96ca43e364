/**
 * Writes values from outside into a template's CommonMark so that no parser interprets them as markup: each character
 * that could be markup is replaced by a lone low surrogate until the markdown is parsed. A value has no surrogates of
 * its own, because `printable` replaces them, so reading it back gives exactly the value.
 *
 * @module
 */
import { printable } from "../base/text.ts";
import { type MarkdownSyntax, webAddress } from "./markdown.ts";

/** The stand-in of an ASCII character is this much above it. */
const OFFSET = 0xdc00;

/** Marks both ends of a value, so that an adjacent `**` is bold for every first and last character of the value. */
const EDGE = String.fromCharCode(OFFSET);

const MARKUP = /[!-/:-@[-`{-~\t\n]/g;
/** With the flag `u`, the second half of a surrogate pair does not match. */
const STAND_INS = /[\udc00-\udc7f]/gu;

/** Encodes a value so that it is read back as text. */
function toStandIns(text: string): string {
  if (text === "") return "";
  const words = printable(text).replace(MARKUP, (char) => String.fromCharCode(OFFSET + char.charCodeAt(0)));
  return EDGE + words + EDGE;
}

/** Reads back a text with stand-ins. The rest of it must be well-formed. */
export function fromStandIns(text: string): string {
  return text.replace(STAND_INS, (char) => {
    const code = char.charCodeAt(0) - OFFSET;
    return code === 0 ? "" : String.fromCharCode(code);
  });
}

/** CommonMark that is parsed and printed in a vendor's own markup. */
export const EXACT: MarkdownSyntax = {
  escape: toStandIns,
  apart: (markdown) => markdown,
  link: (title, url) => {
    const address = webAddress(url);
    return address === undefined
      ? toStandIns(title)
      : `[${toStandIns(title || address)}](<${toStandIns(address)}>)`;
  },
};
