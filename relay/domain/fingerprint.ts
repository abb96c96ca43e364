import type { Labels } from "./alert.ts";
import { sha256Hex } from "../base/hash.ts";

/** Labels are sorted up to this many, more than any real sender has: sorting hundreds of thousands takes seconds. */
const MAX_SORTED = 1_000;

/**
 * What makes two alerts "the same": 32 hex digits computed from the dialect and the identity labels, and from nothing
 * else, so that the same alert of a pair of senders is one.
 *
 * JSON keeps the labels apart whatever they contain: quotes, separators and lone surrogates are escaped in it.
 */
export function fingerprint(dialect: string, identity: Labels): string {
  const names = Object.keys(identity);
  if (names.length <= MAX_SORTED) names.sort();
  return sha256Hex(JSON.stringify([dialect, ...names.map((name) => [name, identity[name]])]), 32);
}
