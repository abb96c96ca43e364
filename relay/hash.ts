import { crypto } from "@std/crypto";

/** The SHA-256 of a text's UTF-8 bytes in lower-case hex, or its first `length` characters. */
export function sha256Hex(text: string, length = 64): string {
  const digest = crypto.subtle.digestSync("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().slice(0, length);
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
