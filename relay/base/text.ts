const encoder = new TextEncoder();

/** A scratch buffer for counting bytes. */
const scratch = new Uint8Array(16_384);

/** Marks the end of a cut text. */
const MARK = "…";

/** The length of a text in bytes of UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let rest = text;;) {
    const { read, written } = encoder.encodeInto(rest, scratch); // a buffer for each text would cost ten times as much
    bytes += written;
    if (read === rest.length) return bytes;
    rest = rest.slice(read);
  }
}

/** The length of a text in bytes of JSON, quotes included, as in `limits.bodyBytes`. */
export function jsonBytes(text: string): number {
  return utf8Bytes(JSON.stringify(text));
}

/** Whether a text has at most this many {@linkcode jsonBytes}. Most texts are too short to need counting. */
export function fitsJson(text: string, bytes: number): boolean {
  return 6 * text.length + 2 <= bytes || jsonBytes(text) <= bytes; // a UTF-16 unit has at most six bytes
}

/** The maximum length of a text: in Unicode characters, or in units of `measure` (default: bytes of UTF-8). */
export type TextLimit =
  | { readonly chars: number }
  | { readonly bytes: number; readonly measure?: (text: string) => number };

/**
 * Cuts a text to a limit, with a `…` that counts as well. It never splits a character.
 *
 * @returns The empty string if not even the mark fits.
 */
export function cut(text: string, limit: TextLimit): string {
  return "chars" in limit
    ? cutChars(text, limit.chars)
    : cutBytes(text, limit.bytes, limit.measure ?? utf8Bytes);
}

function cutChars(text: string, chars: number): string {
  if (text.length <= chars) return text;
  if (chars < 1) return "";
  let end = 0;
  let beforeLast = 0;
  for (let count = 0; count < chars; count++) {
    if (end >= text.length) return text;
    beforeLast = end;
    end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  }
  return end >= text.length ? text : text.slice(0, beforeLast) + MARK;
}

function cutBytes(text: string, bytes: number, measure: (text: string) => number): string {
  if (measure(text) <= bytes) return text;
  if (measure(MARK) > bytes) return "";
  const head = (units: number): string => text.slice(0, splitsPair(text, units) ? units - 1 : units) + MARK;
  let fits = 0;
  let tooLong = text.length;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (measure(head(middle)) <= bytes) fits = middle;
    else tooLong = middle;
  }
  return head(fits);
}

function splitsPair(text: string, at: number): boolean {
  return at > 0 && at < text.length && text.codePointAt(at - 1)! > 0xffff;
}

// deno-lint-ignore no-control-regex -- to find them is the purpose
const UNUSUAL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/;
const LINE_ENDS = /\r\n?|[\u2028\u2029]/g;
// deno-lint-ignore no-control-regex -- to take them out is the purpose
const UNPRINTABLE = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Makes a text safe to display: control characters (a terminal would obey them), overrides of the writing direction
 * (`txt.exe` could pose as `exe.txt`) and lone surrogates are replaced by visible characters. Lines end in `\n`; tabs
 * stay.
 */
export function printable(text: string): string {
  if (!UNUSUAL.test(text)) return text; // a fast path for nearly all texts
  return text.replace(LINE_ENDS, "\n").replace(UNPRINTABLE, picture).toWellFormed();
}

/** U+2400 and up draw the control characters: `␛` for an escape. */
function picture(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "␡" : "\ufffd";
}

/** Whether a text contains these words as whole words: `db` is not in `mysqldb` or `db-1`, nor `3` in `3m`. */
export function mentions(text: string, words: string): boolean {
  if (words === "") return true;
  if (!text.includes(words)) return false;
  return new RegExp(`(?<![\\w-]|\\d\\.)${RegExp.escape(words)}(?![\\w-]|\\.\\d)`).test(text);
}

/** Puts a text on one line, printable, with every run of white space as one space. */
export function oneLine(text: string): string {
  const shown = printable(text);
  return UNTIDY.test(shown) ? shown.replace(/\s+/g, " ").trim() : shown;
}

/** White space other than a single space between two words. */
const UNTIDY = /[^\S ]| {2}|^ | $/;
