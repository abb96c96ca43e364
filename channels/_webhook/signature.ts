/** The signed parts of a request. */
export interface Signed {
  readonly id: string;
  readonly now: number;
  readonly body: string;
}

/**
 * The headers that sign a request. The id must not have a dot, because dots separate the signed parts.
 *
 * Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 *
 * @param key If absent, the headers name the request without a signature.
 */
export async function signatureHeaders(
  { id, now, body }: Signed,
  key: Uint8Array | undefined,
): Promise<Record<string, string>> {
  const name = id.replaceAll(".", "_");
  const timestamp = String(Math.floor(now / 1_000));
  const named = { "webhook-id": name, "webhook-timestamp": timestamp };
  if (key === undefined) return named;
  const { createHmac } = await import("node:crypto"); // not loaded by a start
  const mac = createHmac("sha256", key).update(`${name}.${timestamp}.${body}`).digest("base64");
  return { ...named, "webhook-signature": `v1,${mac}` };
}
