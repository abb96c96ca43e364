import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { sha256 } from "./hash.ts";

/** Whether two secrets are equal, in constant time: digests have equal length. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}
