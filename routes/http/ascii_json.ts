/**
 * JSON in ASCII, all other characters escaped: a Python 2 script under LANG=C fails when it prints another character.
 * The spacing is Python's, because callers compare the text `{"code": 0}`.
 */
export function asciiJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asciiJson).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([name, member]) => `${escape(name)}: ${asciiJson(member)}`).join(", ")}}`;
  }
  return escape(value);
}

function escape(value: unknown): string {
  return asciiOnly(JSON.stringify(value));
}

/** Escape a JSON text to ASCII. */
export function asciiOnly(json: string): string {
  return json.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
