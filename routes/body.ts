import { decompressed } from "./decompress.ts";
import { RequestError } from "./errors.ts";

/** The largest body that is read, after decompression. */
export const BODY_BYTES = 8 * 2 ** 20;

/** What was read of a request. */
export interface Body {
  readonly text: string;
  readonly bytes: number;
}

/**
 * A request's body, whatever its content type says; one that is compressed with gzip is decompressed.
 *
 * @throws RequestError 413 when it is over the limit, 503 when it is cut off, 400 when it is not UTF-8 or not gzip, 415
 * for another compression.
 */
export async function readBody(request: Request): Promise<Body> {
  const stream = decompressed(request);
  const length = Number(request.headers.get("content-length") ?? Infinity);
  if (length > BODY_BYTES && length !== Infinity) {
    await request.body?.cancel();
    throw tooLarge(BODY_BYTES);
  }
  const body = stream === undefined && length !== Infinity
    ? await readWhole(request)
    : await readChunks(stream ?? request.body);
  return { text: decode(body), bytes: body.byteLength };
}

/** A body whose length is known beforehand, read at once, which costs much less. @throws RequestError 503 */
export async function readWhole(request: Request): Promise<Uint8Array> {
  try {
    return await request.bytes();
  } catch (error) {
    throw unreadable(error);
  }
}

async function readChunks(stream: AsyncIterable<Uint8Array> | null): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of readable(stream)) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES) throw tooLarge(BODY_BYTES);
    chunks.push(chunk);
  }
  return joined(chunks, bytes);
}

/** The chunks of a body. @throws RequestError when its sender stops, or what it sent cannot be decompressed */
export async function* readable(stream: AsyncIterable<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  try {
    yield* stream ?? [];
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(error: unknown): RequestError {
  return error instanceof RequestError ? error : new RequestError(503, "The body is cut off: send it again");
}

/** A body is over a limit in bytes. */
export function tooLarge(limit: number): RequestError {
  return new RequestError(
    413,
    `The body is too large: at most ${limit / 2 ** 20} MiB; send the alerts in parts`,
  );
}

/** Chunks of so many bytes together, as one. */
export function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Bytes as text. @throws RequestError 400 */
export function decode(body: Uint8Array): string {
  try {
    return decoder.decode(body);
  } catch {
    throw new RequestError(400, "The body is not valid UTF-8: encode it as UTF-8");
  }
}

/** A text as JSON. @throws RequestError 400 with the parser's own words. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = text.trim() === "" ? "it is empty" : (error as Error).message.slice(0, 200);
    throw new RequestError(400, `The body is not JSON: ${reason}`);
  }
}
