/** An answer of the Bot API that refuses a call. */
export function failing<W extends "config" | "payload">(
  status: number,
  description: string,
  what: W,
): { about: string; status: number; json: unknown; what: W } {
  return { about: description, status, json: { ok: false, error_code: status, description }, what };
}
