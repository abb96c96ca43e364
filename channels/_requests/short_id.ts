/**
 * An id of bounded length for something of the relay's own, such as a thread, whose name may be long.
 *
 * @returns 40 hexadecimal digits, which do not tell the parts
 */
export async function shortId(...parts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex().slice(0, 40);
}
