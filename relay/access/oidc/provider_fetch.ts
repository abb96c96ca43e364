import { isTrustworthy } from "./settings.ts";

/** The time limit of a request to the provider and its answer, in milliseconds. */
const TIMEOUT = 10_000;

/** The maximum size of an answer, in bytes. */
const MAX_BYTES = 1_000_000;

/** The provider did not answer, answered too late, or answered with too much. The message contains no secrets. */
export class ProviderUnreachable extends Error {
  override readonly name = "ProviderUnreachable";
}

/** Sends a request to the identity provider. */
export type ProviderFetch = (
  address: string,
  request: { method: string; headers: Record<string, string>; body?: URLSearchParams | null | undefined },
) => Promise<Response>;

/**
 * Create the only user of `fetch` besides the sender of messages. It requests the addresses in the identity provider's
 * metadata, over HTTPS or on this machine, within limits of time and size, and without following redirects.
 *
 * @throws ProviderUnreachable
 */
export function createProviderFetch(
  { fetch = globalThis.fetch, timeout = TIMEOUT }: {
    fetch?: typeof globalThis.fetch;
    timeout?: number;
  } = {},
): ProviderFetch {
  return async function providerFetch(address, { method, headers, body = null }): Promise<Response> {
    const { origin } = new URL(address);
    if (!isTrustworthy(address)) throw new ProviderUnreachable(`${origin} is neither HTTPS nor this machine`);
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), timeout);
    try {
      const response = await fetch(address, {
        method,
        headers,
        body,
        redirect: "manual",
        signal: late.signal,
      });
      const bytes = await limited(response);
      if (bytes === undefined) {
        throw new ProviderUnreachable(`${origin} answered with over ${MAX_BYTES} bytes`);
      }
      const answered = new Headers(response.headers);
      for (const name of ["content-encoding", "content-length"]) answered.delete(name); // the body is decoded
      return new Response(bytes.length === 0 ? null : bytes, { status: response.status, headers: answered });
    } catch (error) {
      if (error instanceof ProviderUnreachable) throw error;
      // The runtime's message may contain the whole address.
      const why = late.signal.aborted ? `did not answer within ${timeout / 1000} s` : "cannot be reached";
      throw new ProviderUnreachable(`${origin} ${why}`);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** The body; `undefined` if it is too long. */
async function limited({ body }: Response): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk as Uint8Array<ArrayBuffer>);
    length += chunk.length;
    if (length > MAX_BYTES) return undefined; // leaving the loop cancels the rest
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
