const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * A value as UTF-8 JSON. The database would store a string with one Chinese character at two bytes a character, and a
 * value has 64 KiB at most; as UTF-8 its size is what it looks like. Lone surrogates survive, escaped.
 */
export function encode(value: unknown): Uint8Array {
  return utf8(JSON.stringify(value));
}

/** A value that was written as JSON before, to be read with {@linkcode decode}. */
export function utf8(json: string): Uint8Array {
  return encoder.encode(json);
}

/** What {@linkcode encode} made. The type is the caller's word: only this program writes the database. */
export function decode<T>(value: unknown): T {
  return JSON.parse(decoder.decode(value as Uint8Array)) as T;
}
