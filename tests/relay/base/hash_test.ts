import { equal } from "node:assert/strict";
import { createHash } from "node:crypto";
import { sha256, sha256Hex } from "../../../relay/base/hash.ts";

/** Lengths around the ends of SHA-256's blocks of 64 bytes, and texts that are not ASCII or not whole. */
const TEXTS = [
  ...[0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 1_000].map((length) => "a".repeat(length)),
  "烽火",
  "🔥",
  "\ud83d",
  "\udd25 and \ud83d",
];

Deno.test("a digest is the one that node:crypto computes", () => {
  for (let round = 0; round < 60; round++) {
    for (const text of TEXTS) {
      const hex = createHash("sha256").update(text).digest("hex");
      equal(sha256Hex(text), hex);
      equal(sha256Hex(text, 16), hex.slice(0, 16));
      equal(sha256(text).toHex(), hex);
    }
  }
});
