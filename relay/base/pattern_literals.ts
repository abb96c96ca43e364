/**
 * Reads the plain letters of an RE2 expression: most expressions of rules are a list of names, or contain a name.
 * Both answer without running the expression. RE2 handles all other expressions.
 *
 * @module
 */

/** A sign with a special meaning. */
const META = /[\\^$.|?*+()[\]{}]/;

/** The signs that a backslash makes literal. */
const ESCAPED = /[\\^$.|?*+()[\]{}\-/"'`,:;=!~@#%&<> ]/;

/** The texts that an expression of only alternatives matches, such as `db-1|db-2`; `undefined` for any other expression. */
export function alternativesIn(pattern: string): ReadonlySet<string> | undefined {
  const texts = new Set<string>();
  let text = "";
  for (let at = 0; at < pattern.length; at++) {
    let char = pattern[at]!;
    if (char === "|") {
      texts.add(text);
      text = "";
      continue;
    }
    if (char === "\\") {
      char = pattern[++at] ?? "";
      if (!ESCAPED.test(char)) return undefined;
    } else if (META.test(char)) return undefined;
    text += char;
  }
  return texts.add(text);
}

/**
 * A text that every match of an expression contains: the longest run of plain letters outside of groups. Empty when there
 * is none.
 */
export function requiredIn(pattern: string): string {
  let longest = "";
  let run = "";
  const end = (): void => {
    if (run.length > longest.length) longest = run;
    run = "";
  };
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!;
    if (char === "|") return ""; // only one of the sides need be there
    if (char === "(") {
      if (/^\(\?[^:P<]*\)/.test(pattern.slice(at))) return ""; // flags change what follows
      const close = endOfGroup(pattern, at);
      if (close === undefined) return "";
      at = close;
      end();
    } else if (char === "[") {
      const close = endOfClass(pattern, at);
      if (close === undefined) return "";
      at = close;
      end();
    } else if (char === "*" || char === "?" || char === "{") {
      run = withoutLast(run); // it may be there zero times
      end();
      const [repetition = char] = /^\{\d+(?:,\d*)?\}/.exec(pattern.slice(at)) ?? [];
      at += repetition.length - 1;
    } else if (char === "+" || char === "." || char === "^" || char === "$") end();
    else if (char === "\\") {
      const escaped = pattern[++at] ?? "";
      if (/[QEpPxC0-7]/.test(escaped) || escaped === "") return "";
      if (ESCAPED.test(escaped)) run += escaped;
      else end();
    } else run += char;
  }
  end();
  return longest;
}

/** A run without its last character, to which a repetition applies. */
function withoutLast(run: string): string {
  return [...run].slice(0, -1).join("");
}

function endOfGroup(pattern: string, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < pattern.length; at++) {
    const char = pattern[at]!;
    if (char === "\\") {
      if (/[QE]/.test(pattern[at + 1] ?? "")) return undefined;
      at++;
    } else if (char === "[") {
      const close = endOfClass(pattern, at);
      if (close === undefined) return undefined;
      at = close;
    } else if (char === "(") depth++;
    else if (char === ")" && --depth === 0) return at;
  }
}

function endOfClass(pattern: string, from: number): number | undefined {
  let at = from + 1;
  if (pattern[at] === "^") at++;
  if (pattern[at] === "]") at++; // the first is itself
  for (; at < pattern.length; at++) {
    if (pattern[at] === "\\") {
      if (/[QE]/.test(pattern[at + 1] ?? "")) return undefined;
      at++;
    } else if (pattern[at] === "[" && pattern[at + 1] === ":") {
      const close = pattern.indexOf(":]", at);
      if (close < 0) return undefined;
      at = close + 1;
    } else if (pattern[at] === "]") return at;
  }
}
