/** The minimum length of a secret: shorter ones can be guessed. */
const MIN_CHARS = 8;

/** Removes the line end of a single line, which editors and `echo` add to a file. */
export function withoutLineEnd(text: string): string {
  return /^[^\r\n]*\r?\n$/.test(text) ? text.replace(/\r?\n$/, "") : text;
}

/**
 * Checks a key, a password or a token. @returns its error, which never contains it; `undefined` if it is strong
 * enough
 */
export function weaknessOf(secret: string): string | undefined {
  // deno-lint-ignore no-control-regex -- it looks for them
  if (/[\0-\x1f\x7f]/.test(secret)) return "must be one line without control characters";
  if ([...secret].length < MIN_CHARS) {
    return `must have at least ${MIN_CHARS} characters; make one with: openssl rand -base64 24`;
  }
  if (/^(.)\1*$/su.test(secret)) {
    return "must not be one character again and again; make one with: openssl rand -base64 24";
  }
  return undefined;
}
