import { RequestError } from "./errors.ts";

/** The supported values of the header `content-encoding`. */
const FORMATS: ReadonlyMap<string, CompressionFormat> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
]);

/** The part of a compressed body that is decompressed at once: it grows to at most a thousand times its size. */
const PIECE_BYTES = 1_024;

/**
 * A request's body, decompressed piece by piece, so that its reader can stop at a limit.
 *
 * @returns `undefined` when it is not compressed
 * @throws RequestError 415 for an unknown compression; while it is read, 400 when it does not decompress
 */
export function decompressed(request: Request): AsyncIterable<Uint8Array> | undefined {
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  if (encoding === "" || encoding === "identity") return undefined;
  const format = FORMATS.get(encoding);
  if (format === undefined) {
    throw new RequestError(
      415,
      `The body is compressed as "${encoding.slice(0, 40)}": send it plain, or as gzip`,
      { "accept-encoding": "gzip" },
    );
  }
  return readDecompressed(request.body, format);
}

async function* readDecompressed(
  body: ReadableStream<Uint8Array> | null,
  format: CompressionFormat,
): AsyncGenerator<Uint8Array> {
  let cutOff = false;
  async function* pieces(): AsyncGenerator<BufferSource> {
    try {
      for await (const chunk of body ?? []) {
        for (let from = 0; from < chunk.byteLength; from += PIECE_BYTES) {
          yield new Uint8Array(chunk.subarray(from, from + PIECE_BYTES));
        }
      }
    } catch (error) {
      cutOff = true;
      throw error;
    }
  }
  try {
    yield* ReadableStream.from(pieces()).pipeThrough(new DecompressionStream(format));
  } catch (error) {
    if (cutOff) throw error;
    throw new RequestError(400, `The body is not valid ${format}: compress it again`);
  }
}
