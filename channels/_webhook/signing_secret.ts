/** The prefix before the base64 of a Standard Webhooks secret. */
export const PREFIX = "whsec_";

/** The bytes of a secret. */
export function keyOf(secret: string): Uint8Array {
  return Uint8Array.fromBase64(secret.slice(PREFIX.length));
}

/** Whether a text is a secret. */
export function isSecret(text: string): boolean {
  try {
    const key = keyOf(text);
    return key.length > 0 && text === PREFIX + key.toBase64();
  } catch {
    return false;
  }
}
