import { jsonBytes, utf8Bytes } from "../base/text.ts";

/** The largest size of a text, in one or several units; all of them apply. */
export interface Size {
  /** Bytes of UTF-8. */
  readonly bytes?: number;
  /** Bytes of UTF-8 of the text as a JSON string, without its quotes. */
  readonly jsonBytes?: number;
  /** Unicode characters (code points). */
  readonly characters?: number;
  /** UTF-16 code units, as Telegram and Java count. */
  readonly utf16?: number;
}

/** A unit: its measure of a text, and the maximum for one UTF-16 code unit. */
interface Unit {
  readonly most: number;
  readonly measure: (text: string) => number;
}

const UNITS: Readonly<Record<keyof Size, Unit>> = {
  bytes: { most: 3, measure: utf8Bytes },
  jsonBytes: { most: 6, measure: (text) => jsonBytes(text) - 2 },
  characters: { most: 1, measure: charactersIn },
  utf16: { most: 1, measure: (text) => text.length },
};

/** The share of a size that a text takes: at most 1 if it fits. It is 0 if the text is too short to need measuring. */
export function fillOf(text: string, size: Size): number {
  let fill = 0;
  for (const name in UNITS) {
    const unit = name as keyof Size;
    const limit = size[unit];
    if (limit === undefined || UNITS[unit].most * text.length <= limit) continue;
    fill = Math.max(fill, UNITS[unit].measure(text) / limit);
  }
  return fill;
}

/** The length of a text in a unit. */
export function measure(text: string, unit: keyof Size): number {
  return UNITS[unit].measure(text);
}

function charactersIn(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
