/** The beginning of a request's body, as far as it was read. */
export interface BodyBeginning {
  readonly beginning: Uint8Array;
  /** The size of the whole body. */
  readonly bytes: number;
}

/** The most bytes: twice the stored part, so that a secret at its end is recognised as a whole. */
const BEGINNING = 8_192;

/** The bodies of requests in progress, in case one is refused. */
const bodies = new WeakMap<Request, BodyBeginning>();

/** Store the body of a request during its processing. */
export function rememberBody(request: Request, body: Uint8Array): void {
  // A part of a large body must not keep all of it in memory.
  const beginning = body.byteLength <= 2 * BEGINNING ? body : body.slice(0, BEGINNING);
  bodies.set(request, { beginning, bytes: body.byteLength });
}

/** The beginning of a request's body; `undefined` if it was not read. */
export function beginningOf(request: Request): BodyBeginning | undefined {
  const body = bodies.get(request);
  return body && { ...body, beginning: body.beginning.subarray(0, BEGINNING) };
}

/** Parse the text of a request's body, and store the body only on failure: a storm's requests do not pay for it. */
export async function parsing<T>(request: Request, text: string, parse: () => Promise<T>): Promise<T> {
  try {
    return await parse();
  } catch (error) {
    rememberText(request, text);
    throw error;
  }
}

/** Store the text of a request's body. */
export function rememberText(request: Request, text: string): void {
  const encoder = new TextEncoder();
  bodies.set(request, {
    beginning: encoder.encode(text.slice(0, BEGINNING)),
    bytes: text.length <= BEGINNING ? encoder.encode(text).byteLength : text.length,
  });
}
