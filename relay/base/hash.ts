import { sha256 as inJavaScript } from "@noble/hashes/sha2.js";
import { nodeCrypto } from "./node_crypto.ts";

/** So many digests take as long in JavaScript as loading what computes each of them faster. */
const FEW = 500;

const encoder = new TextEncoder();

let computed = 0;

/** The SHA-256 of a text's UTF-8 bytes in lower-case hex, or its first `length` characters. */
export function sha256Hex(text: string, length = 64): string {
  if (computed < FEW) return sha256(text).toHex().slice(0, length);
  return nodeCrypto().hash("sha256", text, "hex").slice(0, length);
}

/** The SHA-256 of a text's UTF-8 bytes. */
export function sha256(text: string): Uint8Array {
  if (computed >= FEW) return nodeCrypto().createHash("sha256").update(text).digest();
  computed += 1;
  return inJavaScript(encoder.encode(text));
}

/** A value as JSON whose keys are sorted: equal values have equal texts, in whatever order they were written. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part) => isPlainObject(part) ? sorted(part) : part) ?? "null";
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => a < b ? -1 : 1));
}
