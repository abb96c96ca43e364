import { conceal } from "./redact.ts";

/** Replaces a secret. */
const HIDDEN = "***";

/** The names of fields and parameters that hold a secret. */
const SECRET_NAME = new RegExp(
  [
    "passw(?:or)?d|passphrase|pwd|secret|token(?!s)|authorization|credential|cookie",
    "(?:api|access|app|device|integration|private|routing|send|service|webhook)[_-]?key",
    "(?:^|[_.-])sign(?:ature)?$",
  ].join("|"),
  "i",
);

/** The name of a field of JSON, to the quote that begins its text. In JSON inside a string, quotes are escaped. */
const FIELD = /(?<!\\)(\\{0,15})"([^"\\]{1,100})\1"\s{0,20}:\s{0,20}\1"/g;

/** A parameter of a form or of a URL's query. */
const PARAMETER = /(^|[?&\s"'])([\w.$[\]-]{1,100})=([^&\s"'<>\\]+)/g;

/** Credentials in a header, and in a URL before its host. */
const HEADER = /\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi;
const USER_INFO = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"'<>]{1,200}@/gi;

/**
 * A payload without secrets: the known ones, in all their spellings, and the values of fields with a secret's name.
 * Other values are unchanged, because people and programs read the payload.
 */
export function concealPayload(text: string, secrets: readonly string[]): string {
  return withoutFields(conceal(text, secrets, { by: HIDDEN }))
    .replace(
      PARAMETER,
      (all, before, name) => SECRET_NAME.test(name) ? `${before}${name}=${HIDDEN}` : all,
    )
    .replace(HEADER, `$1 ${HIDDEN}`)
    .replace(USER_INFO, `$1${HIDDEN}@`);
}

function withoutFields(text: string): string {
  let result = "";
  let done = 0;
  for (const { 0: field, 1: escape, 2: name, index } of text.matchAll(FIELD)) {
    const start = index + field.length;
    if (index < done || !SECRET_NAME.test(name!)) continue;
    const end = endOfText(text, start, escape!.length);
    if (end > start) result += text.slice(done, start) + HIDDEN;
    done = end;
  }
  return result + text.slice(done);
}

/**
 * The end of a text of JSON: its quote has as many backslashes as the one that begins it. A truncated text has none.
 */
function endOfText(text: string, start: number, escapes: number): number {
  for (let quote = text.indexOf('"', start); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (quote - backslashes > start && text[quote - 1 - backslashes] === "\\") backslashes++;
    // Two of the backslashes before the quote's own escape are one of the text.
    const own = (backslashes - escapes) / (escapes + 1);
    if (own >= 0 && own % 2 === 0) return quote - escapes;
  }
  return text.length;
}
