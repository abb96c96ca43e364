/**
 * Reads the JSON of a vendor's answer or call, whose shape is not guaranteed.
 *
 * @module
 */

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of a JSON object; empty for any other value. */
export function fieldsOf(json: unknown): Fields {
  return typeof json === "object" && json !== null && !Array.isArray(json) ? json as Fields : {};
}

/** The fields of a text that is a JSON object; empty for any other text. */
export function fieldsIn(text: string): Fields {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return {};
  }
}

/** The texts and numbers among the parts, joined by spaces and otherwise unchanged: the relay redacts and shortens them. */
export function wordsOf(...parts: readonly unknown[]): string {
  const isWord = (part: unknown): boolean =>
    typeof part === "number" || typeof part === "string" && part !== "";
  return parts.filter(isWord).join(" ");
}
