/** A hash of a key of any length, as 32 hexadecimal digits, for vendors whose keys are short. */
export async function shortKey(key: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return new Uint8Array(hash).toHex().slice(0, 32);
}
