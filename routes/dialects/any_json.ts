/**
 * Bodies that count as JSON: JSON, one JSON value per line (NDJSON), the fields of a form, and JSON inside a JSON
 * string; in UTF-8, UTF-16 or a Chinese encoding, declared or not.
 *
 * @module
 */
import { isTooCostly, parseJson } from "../http/body.ts";
import { decodeText } from "../http/charset.ts";
import { RequestError } from "../http/errors.ts";

/**
 * The most strings of one payload that are read as JSON, and their most characters in all: parsing blocks other
 * requests.
 */
const MAX_NESTED = 200;
const MAX_NESTED_CHARS = 2 ** 20;

/** The most lines. */
const MAX_LINES = 20_000;

/** A body as a JSON value; its strings are not unwrapped. @throws RequestError 400, 413 */
export async function parseBody(body: Uint8Array, contentType: string): Promise<unknown> {
  const [type = ""] = contentType.toLowerCase().split(";");
  const kind = type.trim();
  if (kind === "multipart/form-data") return await multipart(body, contentType);
  const text = decodeText(body, contentType);
  if (kind === "application/x-www-form-urlencoded" && !/^\s*[[{]/.test(text)) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  return jsonOrLines(text);
}

async function multipart(body: Uint8Array, contentType: string): Promise<Record<string, string>> {
  try {
    const form = await new Response(body as BodyInit, { headers: { "content-type": contentType } })
      .formData();
    return Object.fromEntries(
      [...form].filter((field): field is [string, string] => typeof field[1] === "string"),
    );
  } catch {
    throw new RequestError(400, "The body is not multipart/form-data: send JSON");
  }
}

function jsonOrLines(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof RequestError && error.status === 413) throw error;
    const lines = text.split(/\r?\n/, MAX_LINES + 1).filter((line) => line.trim() !== "");
    if (lines.length < 2 || !lines.every((line) => /^\s*[[{].*[\]}]\s*$/.test(line))) throw error;
    if (lines.length > MAX_LINES) {
      throw new RequestError(413, `The body has too many lines: at most ${MAX_LINES}; send it in parts`);
    }
    return lines.map(parseJson);
  }
}

/**
 * A value in which strings with a JSON object or array are replaced by it: clouds put an event's JSON into a field of
 * another.
 */
export function unwrapNested(value: unknown): unknown {
  let left = MAX_NESTED;
  let chars = MAX_NESTED_CHARS;
  const unwrap = (value: unknown): unknown => {
    if (typeof value === "string") return nested(value);
    if (Array.isArray(value)) return value.map(unwrap);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, unwrap(field)]));
  };
  const nested = (text: string): unknown => {
    if (
      left === 0 || text.length > chars || !/^\s*(?:\{[^]*\}|\[[^]*\])\s*$/.test(text) || isTooCostly(text)
    ) return text;
    left--;
    chars -= text.length;
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  };
  // The whole body may be a JSON string.
  const outer = typeof value === "string" ? nested(value) : value;
  return typeof outer === "string" ? outer : unwrap(outer);
}
