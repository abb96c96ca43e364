/**
 * Reads the text of a vendor's answer in any charset and of any length.
 *
 * @module
 */

/** Bytes of an answer that are read, at most. */
export const ANSWER_BYTES = 65_536;

/** Reads the start of an answer, and cancels the rest. */
export async function readText(response: Response): Promise<string> {
  const { headers } = response;
  const length = Number(headers.get("content-length") ?? Infinity);
  // Most answers are empty, or short UTF-8: one call reads and decodes them, which is much cheaper than chunk by chunk.
  if (length === 0) return await response.text();
  const type = headers.get("content-type") ?? "";
  const isShort = length <= ANSWER_BYTES;
  if (isShort && UTF_8.test(type)) return await response.text();
  if (!response.body) return "";
  return decode(isShort ? await response.bytes() : await firstBytes(response.body), type);
}

/** JSON is UTF-8 unless the header names another charset. */
const UTF_8 = /charset="?utf-?8\b|^application\/json\s*$/i;

async function firstBytes(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const bytes = new Uint8Array(ANSWER_BYTES);
  let length = 0;
  for await (const chunk of body) {
    const part = chunk.subarray(0, ANSWER_BYTES - length);
    bytes.set(part, length);
    length += part.byteLength;
    if (length === ANSWER_BYTES) break; // leaving the loop cancels the rest
  }
  return bytes.subarray(0, length);
}

/**
 * Decodes by the charset of the header, or of the page itself. Without one, a text that is not UTF-8 is read as GB18030, which
 * includes GBK: the charset of many gateways in front of Chinese vendors.
 */
function decode(bytes: Uint8Array, type: string): string {
  const label = CHARSET.exec(type)?.[1] ?? declaredIn(bytes);
  return label === undefined ? guessed(bytes) : decoderOf(label)?.decode(bytes, CUT) ?? guessed(bytes);
}

/** As a part of a stream: the limit may have cut the last character. */
const CUT = { stream: true };

function guessed(bytes: Uint8Array): string {
  for (const charset of ["utf-8", "gb18030"]) {
    try {
      return new TextDecoder(charset, { fatal: true }).decode(bytes, CUT);
    } catch {
      // It is another charset.
    }
  }
  return new TextDecoder().decode(bytes);
}

const CHARSET = /charset\s*=\s*["']?([\w.:-]+)/i;

/** The charset that a page declares in its first bytes, as browsers look for it. */
function declaredIn(bytes: Uint8Array): string | undefined {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 1_024));
  return (/<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]+)/i.exec(start) ??
    /^<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]+)/i.exec(start))?.[1];
}

/** @returns `undefined` for an unknown charset */
function decoderOf(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}
