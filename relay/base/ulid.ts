/**
 * ULIDs: 26 characters, the first ten of which encode a time, so that they sort by time. This is our own implementation,
 * because the package loads `node:crypto` ({@linkcode nodeCrypto} names the cost).
 *
 * Source: https://github.com/ulid/spec
 *
 * @module
 */

/** Crockford's base 32. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_CHARS = 10;
const RANDOM_CHARS = 16;
const LATEST = 2 ** 48 - 1;

/** The format of a ULID. */
export const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** A new ULID of a time in epoch milliseconds. */
export function ulid(time: number): string {
  return encodeTime(time) + randomChars();
}

/**
 * Makes ULIDs, each greater than the previous one, even in one millisecond, or when the clock goes back.
 *
 * @param random The characters of an id that does not follow another one
 */
export function monotonicFactory(random: () => string = randomChars): (time: number) => string {
  let last = { time: -1, chars: "" };
  return (time) => {
    last = time > last.time ? { time, chars: random() } : { time: last.time, chars: next(last.chars) };
    return encodeTime(last.time) + last.chars;
  };
}

/** Encodes a time as the beginning of a ULID. @throws RangeError if it is not a time */
export function encodeTime(time: number): string {
  if (!Number.isInteger(time) || time < 0 || time > LATEST) {
    throw new RangeError(`Cannot make a ULID: ${time} is no time`);
  }
  let text = "";
  for (let rest = time; text.length < TIME_CHARS; rest = Math.floor(rest / 32)) {
    text = DIGITS[rest % 32] + text;
  }
  return text;
}

/** Decodes the time of a ULID, in epoch milliseconds. @throws RangeError if it is not a ULID */
export function decodeTime(id: string): number {
  const digits = [...id.slice(0, TIME_CHARS).toUpperCase()].map((char) => DIGITS.indexOf(char));
  const time = digits.reduce((sum, digit) => sum * 32 + digit, 0);
  if (id.length !== TIME_CHARS + RANDOM_CHARS || digits.includes(-1) || time > LATEST) {
    throw new RangeError("Cannot read a ULID: it is none");
  }
  return time;
}

function randomChars(): string {
  let chars = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(RANDOM_CHARS))) chars += DIGITS[byte % 32];
  return chars;
}

/** Increments a text, with the carry; the last one is followed by the first. */
function next(chars: string): string {
  const head = chars.slice(0, -1);
  const digit = DIGITS.indexOf(chars.at(-1)!);
  if (digit < 31) return head + DIGITS[digit + 1];
  return (head === "" ? "" : next(head)) + DIGITS[0];
}
