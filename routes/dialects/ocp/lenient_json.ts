import { isTooCostly } from "../../http/body.ts";

/** Control characters that JSON wants escaped, and that a template which pastes texts into JSON does not escape. */
// deno-lint-ignore no-control-regex -- to find them is the purpose
const CONTROLS = /[\0-\x1f]/g;

/** A string of JSON, whatever stands inside; it ends at the first quote that is not escaped. */
const STRING = /"[^"\\]*(?:\\[^][^"\\]*)*"/g;

/**
 * JSON whose strings may hold raw line ends and other control characters, as Python's `json.loads(strict=False)` takes
 * it.
 *
 * @returns `undefined` when it is no JSON even so.
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
 * The members that can be made out in what should be a JSON object, and is none because a text with quotes was pasted
 * into it: each value goes on until the next of the wanted names. Of a name that stands there twice the first counts.
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

/** What stands behind the last quote belongs to the object, and a brace before it to the text. */
function unquoted(raw: string): string {
  const end = endOf(raw);
  const inner = raw.startsWith('"') && raw[end - 1] === '"' && end > 1 ? raw.slice(1, end - 1) : undefined;
  if (inner === undefined) return raw.slice(raw.startsWith('"') ? 1 : 0, end);
  // What was escaped is read, and a stray backslash is a backslash.
  return inner.replace(/\\(["\\/bfnrt]|u[0-9a-fA-F]{4})/g, (escape) => JSON.parse(`"${escape}"`) as string);
}

/** Where a value ends, and what closes the object begins. */
function endOf(raw: string): number {
  let end = raw.length;
  while (end > 0 && /[\s,}\]]/.test(raw[end - 1]!)) end--;
  return end;
}

function escapeControl(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
