import { nodeCrypto } from "../base/node_crypto.ts";

/** Whether two secrets are equal, in constant time. For plugins: it needs no package, so that it also loads outside of the repository. */
export function sameSecret(a: string, b: string): boolean {
  const { createHash, timingSafeEqual } = nodeCrypto();
  const digest = (text: string): Uint8Array => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
