/** A secret of the environment has at least so many characters: whoever guesses one is in. */
const LEAST = 8;

/** Such as `"${X}"` of a file with a line's end, which editors and `echo` put there: nobody means it. */
export function withoutLineEnd(text: string): string {
  return /^[^\r\n]*\r?\n$/.test(text) ? text.replace(/\r?\n$/, "") : text;
}

/** What is wrong with a key, a password or a token; never shows it. */
export function weaknessOf(secret: string): string | undefined {
  // deno-lint-ignore no-control-regex -- they are what is looked for
  if (/[\0-\x1f\x7f]/.test(secret)) return "must be one line without control characters";
  if ([...secret].length < LEAST) {
    return `must have at least ${LEAST} characters; make one with: openssl rand -base64 24`;
  }
  if (/^(.)\1*$/su.test(secret)) {
    return "must not be one character again and again; make one with: openssl rand -base64 24";
  }
  return undefined;
}
