import type { Labels } from "./alert.ts";
import { sha256Hex } from "../base/hash.ts";

/** Labels that are sorted, at most; real senders have fewer. Sorting hundreds of thousands would take seconds. */
const MAX_SORTED = 1_000;

/**
 * The identity of an alert: 32 hex digits computed only from the dialect and the identity labels, so that the same
 * alert of a pair of senders has one fingerprint.
 *
 * JSON separates labels with any content: it escapes quotes, separators and lone surrogates.
 */
export function fingerprint(dialect: string, identity: Labels): string {
  const names = Object.keys(identity);
  if (names.length <= MAX_SORTED) names.sort();
  return sha256Hex(JSON.stringify([dialect, ...names.map((name) => [name, identity[name]])]), 32);
}
