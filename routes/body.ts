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
  if (Number(request.headers.get("content-length") ?? 0) > BODY_BYTES) {
    await request.body?.cancel();
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > BODY_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof RequestError) throw error;
    throw new RequestError(503, "The body is cut off: send it again");
  }
  return { text: decode(chunks, bytes), bytes };
}

function decode(chunks: readonly Uint8Array[], bytes: number): string {
  const whole = chunks.length === 1 ? chunks[0]! : new Uint8Array(bytes);
  if (chunks.length !== 1) {
    let offset = 0;
    for (const chunk of chunks) {
      whole.set(chunk, offset);
      offset += chunk.byteLength;
    }
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(whole);
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
