/**
 * Completes the beginning of a JSON text, so that it can be parsed: a truncated last member is removed, and open
 * brackets are closed. Any other text is unchanged.
 */
export function closeJson(text: string): string {
  if (!/^\s*[[{]/.test(text) || isJson(text)) return text;
  const open: string[] = [];
  /** The end of the last whole member, and the open brackets there. */
  let whole = { end: 0, closing: "" };
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '"') {
      at = endOfString(text, at);
      continue;
    }
    if (char === "{" || char === "[") open.push(char === "{" ? "}" : "]");
    else if (char === "}" || char === "]") open.pop();
    else if (char !== ",") continue;
    whole = { end: char === "," ? at : at + 1, closing: open.toReversed().join("") };
  }
  const closed = text.slice(0, whole.end) + whole.closing;
  return isJson(closed) ? closed : text;
}

/** The index of the quote that ends a string; the end of the text if none does. */
function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
