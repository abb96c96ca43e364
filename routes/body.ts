import { RequestError } from "./errors.ts";

/** What a door takes at most. */
export const BODY_BYTES = 8 * 2 ** 20;

/**
 * A request's body, whatever its content type says.
 *
 * @throws RequestError 413 when it is over the limit, 503 when it is cut off, 400 when it is no UTF-8.
 */
export async function readBody(request: Request): Promise<{ text: string; bytes: number }> {
  const tooLarge = (): RequestError =>
    new RequestError(
      413,
      `The body is too large: at most ${BODY_BYTES / 2 ** 20} MiB; send the alerts in parts`,
    );
  const length = Number(request.headers.get("content-length") ?? Infinity);
  if (length > BODY_BYTES && length !== Infinity) {
    await request.body?.cancel();
    throw tooLarge();
  }
  let body: Uint8Array;
  try {
    // A body whose length is known beforehand is read at once, which costs much less.
    body = length === Infinity ? await readChunks(request, tooLarge) : await request.bytes();
  } catch (error) {
    if (error instanceof RequestError) throw error;
    throw new RequestError(503, "The body is cut off: send it again");
  }
  return { text: decode(body), bytes: body.byteLength };
}

async function readChunks(request: Request, tooLarge: () => RequestError): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function decode(body: Uint8Array): string {
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
