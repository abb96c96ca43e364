/** The key consists of the timestamp and the secret, and the message is empty: the reverse of DingTalk's scheme. */
export async function signatureOf(
  { secret }: { readonly secret?: string | undefined },
  now: number,
): Promise<Record<string, string>> {
  if (secret === undefined) return {};
  const timestamp = String(Math.floor(now / 1_000));
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(`${timestamp}\n${secret}`),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const mac = await crypto.subtle.sign("HMAC", key, new Uint8Array());
  return { timestamp, sign: btoa(String.fromCharCode(...new Uint8Array(mac))) };
}
