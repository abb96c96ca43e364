import { RequestError } from "./errors.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The text of a body, decoded by its content type or its first bytes; otherwise as UTF-8, and if that fails as GB
 * 18030. `isCut`: whether the body is only the beginning. @throws RequestError 400
 */
export function decodeText(body: Uint8Array, contentType: string, { isCut = false } = {}): string {
  const named = /charset\s*=\s*"?([\w-]+)/i.exec(contentType)?.[1];
  const marked = body[0] === 0xff && body[1] === 0xfe
    ? "utf-16le"
    : body[0] === 0xfe && body[1] === 0xff
    ? "utf-16be"
    : undefined;
  for (const encoding of [marked ?? named, "utf-8", "gb18030"]) {
    if (encoding === undefined) continue;
    try {
      const isUsual = encoding === "utf-8" && !isCut;
      const decoder = isUsual ? utf8 : new TextDecoder(encoding, { fatal: true });
      return decoder.decode(body, { stream: isCut });
    } catch (error) {
      if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error;
    }
  }
  throw new RequestError(400, "The body is in no known encoding: encode it as UTF-8, or name its charset");
}
