import { nodeCrypto } from "./node_crypto.ts";

/** A keyed digest for one purpose; it is invalid for any other. */
export function mac(text: string, { key, purpose }: { key: string; purpose: string }): string {
  const { createHmac } = nodeCrypto();
  const own = createHmac("sha256", key).update(`fenghuo ${purpose}`).digest();
  return createHmac("sha256", own).update(text).digest("base64url");
}
