import { isTooCostly } from "../../http/body.ts";

/**
 * Control characters that JSON requires to be escaped, and that a template does not escape when it pastes texts into
 * JSON.
 */
// deno-lint-ignore no-control-regex -- to find them is the purpose
const CONTROLS = /[\0-\x1f]/g;

/** A JSON string with any content; it ends at the first unescaped quote. */
const STRING = /"[^"\\]*(?:\\[^][^"\\]*)*"/g;

/**
 * Parses JSON whose strings may hold raw line ends and other control characters, like Python's
 * `json.loads(strict=False)`.
 *
 * @returns `undefined` if it is still not JSON
 */
export function parseLenientJson(text: string): unknown {
  if (isTooCostly(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    try {
      return JSON.parse(text.replace(STRING, (string) => string.replace(CONTROLS, escapeControl)));
    } catch {
      return undefined;
    }
  }
}

/**
 * The members of a broken JSON object into which a text with quotes was pasted: each value ends at the next of the wanted
 * names. If a name occurs twice, the first counts.
 */
export function salvageMembers(text: string, isWanted: (name: string) => boolean): Record<string, string> {
  const starts: { name: string; at: number; from: number }[] = [];
  for (const match of text.matchAll(/"([\w.-]{1,80})"\s*:\s*(?![\s{])/g)) {
    const [whole, name] = match as unknown as [string, string];
    if (!isWanted(name) || starts.some((start) => start.name === name)) continue;
    starts.push({ name, at: match.index, from: match.index + whole.length });
  }
  return Object.fromEntries(
    starts.map(({ name, from }, index) => [name, unquoted(text.slice(from, starts[index + 1]?.at).trim())]),
  );
}

/** The text after the last quote belongs to the object; a brace before it belongs to the value. */
function unquoted(raw: string): string {
  const end = endOf(raw);
  const inner = raw.startsWith('"') && raw[end - 1] === '"' && end > 1 ? raw.slice(1, end - 1) : undefined;
  if (inner === undefined) return raw.slice(raw.startsWith('"') ? 1 : 0, end);
  // Escapes are decoded; a stray backslash stays a backslash.
  return inner.replace(/\\(["\\/bfnrt]|u[0-9a-fA-F]{4})/g, (escape) => JSON.parse(`"${escape}"`) as string);
}

/** The end of a value, at the closing of the object. */
function endOf(raw: string): number {
  let end = raw.length;
  while (end > 0 && /[\s,}\]]/.test(raw[end - 1]!)) end--;
  return end;
}

function escapeControl(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
