const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Encodes a value as UTF-8 JSON. The database would store a string with one Chinese character at two bytes a character, and
 * a value has at most 64 KiB. Lone surrogates are preserved, escaped.
 */
export function encode(value: unknown): Uint8Array {
  return utf8(JSON.stringify(value));
}

/** Encodes a value that is JSON text already; read it with {@linkcode decode}. */
export function utf8(json: string): Uint8Array {
  return encoder.encode(json);
}

/** Decodes the result of {@linkcode encode}. The type is not checked: only this program writes the database. */
export function decode<T>(value: unknown): T {
  return JSON.parse(decoder.decode(value as Uint8Array)) as T;
}
