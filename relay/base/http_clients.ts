/**
 * Clients for `fetch` with a proxy or with certificates of their own.
 *
 * @module
 */
import { defined } from "./defined.ts";
import type { Network } from "./network.ts";

/** Creates a client for `fetch`. @throws when a certificate or a key cannot be used */
export function createHttpClient({ proxy, ca, cert, key }: Network): Deno.HttpClient {
  return Deno.createHttpClient({
    ...defined({ proxy: proxy === undefined ? undefined : { url: proxy } }),
    ...defined({ caCerts: ca === undefined ? undefined : [ca] }),
    ...cert === undefined || key === undefined ? undefined : { cert, key },
  });
}

/** The reason why certificates or a key cannot be used; `undefined` if they are valid. */
export function problemOfNetwork(network: Network): string | undefined {
  try {
    createHttpClient(network).close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The most cached clients: an earlier configuration may have needed others. */
const MAX_CLIENTS = 100;

/** Cached clients, with their connections. */
export class HttpClients implements Disposable {
  readonly #clients = new Map<string, Deno.HttpClient>();

  /** The client for this network; created on first use. @throws when a certificate or a key cannot be used */
  of(network: Network): Deno.HttpClient {
    const name = JSON.stringify([network.proxy, network.ca, network.cert, network.key]);
    const client = this.#clients.get(name) ?? createHttpClient(network);
    this.#clients.delete(name); // the newest comes last
    this.#clients.set(name, client);
    const [oldest] = this.#clients;
    if (this.#clients.size > MAX_CLIENTS && oldest) {
      this.#clients.delete(oldest[0]);
      oldest[1].close();
    }
    return client;
  }

  /** Closes all clients. */
  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }
}
