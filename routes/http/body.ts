import { rememberBody } from "./body_beginning.ts";
import { decodeText } from "./charset.ts";
import { decompressed } from "./decompress.ts";
import { RequestError } from "./errors.ts";
import { type BodyReader, reading } from "./reading.ts";

/** The largest body that is read, after decompression. */
export const BODY_BYTES = 8 * 2 ** 20;

/** A request's body as read. */
export interface Body {
  readonly text: string;
  readonly bytes: number;
}

/**
 * A request's body, decompressed, for any content type.
 *
 * @param most The most bytes, after decompression
 * @throws RequestError 413 over the limit; 503 when it is cut off or too slow, or when too much is being read at
 * once; 400 when it is in no known encoding or does not decompress; 415 for an unknown compression
 */
export async function readBody(
  request: Request,
  options: { within?: BodyReader | undefined; most?: number } = {},
): Promise<Body> {
  const body = await readBytes(request, options);
  return {
    text: decodeText(body, request.headers.get("content-type") ?? ""),
    bytes: body.byteLength,
  };
}

/** A request's body in any encoding. Errors: see {@linkcode readBody}. @throws RequestError */
export async function readBytes(
  request: Request,
  { within = reading, most = BODY_BYTES }: { within?: BodyReader | undefined; most?: number } = {},
): Promise<Uint8Array> {
  const stream = decompressed(request);
  const length = lengthOf(request);
  if (length > most && length !== Infinity) {
    await request.body?.cancel();
    throw tooLarge(most);
  }
  const body = stream === undefined && length !== Infinity
    ? await within.whole(request, length)
    : await readChunks(within.chunks(stream ?? request.body, { keeps: most }), most);
  rememberBody(request, body);
  return body;
}

/** A body's length from its header; infinite without one. */
export function lengthOf(request: Request): number {
  return Number(request.headers.get("content-length") ?? Infinity);
}

async function readChunks(stream: AsyncIterable<Uint8Array>, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > most) throw tooLarge(most);
    chunks.push(chunk);
  }
  return joined(chunks, bytes);
}

/** The error for a body over a limit in bytes. */
export function tooLarge(limit: number): RequestError {
  return new RequestError(
    413,
    `The body is too large: at most ${limit / 2 ** 20} MiB; send the alerts in parts`,
  );
}

/** Joins chunks with `bytes` bytes in total. */
export function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

/** The most levels of JSON. No known format has ten; recursion through thousands overflows the stack. */
const MAX_LEVELS = 200;

/**
 * The most lists and objects of one body. The largest payload of real alerts has 100,000; a body of empty lists would have
 * millions, and parsing them would block other requests for seconds.
 */
const MAX_PARTS = 250_000;

/** Whether a text that should be JSON is nested too deeply to be parsed. */
export function isTooDeep(text: string): boolean {
  return faultOf(text) === "deep";
}

/** Whether a text that should be JSON is nested too deeply, or has too many parts, to be parsed. */
export function isTooCostly(text: string): boolean {
  return faultOf(text) !== undefined;
}

/** The reason why a text that should be JSON cannot be parsed at a bounded cost. */
function faultOf(text: string): "deep" | "many" | undefined {
  // Each level takes two characters.
  if (text.length <= 2 * MAX_LEVELS) return undefined;
  let levels = 0;
  let parts = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // a string: skip to its closing quote
        do {
          at = text.indexOf('"', at + 1);
          if (at < 0) return undefined; // not JSON
        } while (isEscaped(text, at));
        break;
      case 0x5b:
      case 0x7b:
        if (++levels > MAX_LEVELS) return "deep";
        if (++parts > MAX_PARTS) return "many";
        break;
      case 0x5d:
      case 0x7d:
        levels--;
    }
  }
  return undefined;
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}

/** A text as JSON. @throws RequestError 400 with the parser's own words, or when parsing it would cost too much. */
export function parseJson(text: string): unknown {
  const fault = faultOf(text);
  if (fault === "many") {
    throw new RequestError(
      413,
      `The body has too many lists and objects: at most ${MAX_PARTS}; send it in parts`,
    );
  }
  if (fault === "deep") {
    throw new RequestError(
      400,
      `The body is not JSON that can be read: it is nested too deeply: at most ${MAX_LEVELS} levels`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = text.trim() === "" ? "it is empty" : (error as Error).message.slice(0, 200);
    throw new RequestError(400, `The body is not JSON: ${reason}`);
  }
}
