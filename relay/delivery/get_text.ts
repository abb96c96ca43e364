import type { Send } from "./sender.ts";

/** The time limit of the request and its answer, in milliseconds: a sender such as SNS waits 15 seconds for ours. */
const TIMEOUT = 5_000;

/** The answer to {@linkcode getText}, or why there is none, without secrets. */
export type TextAnswer =
  | { readonly status: number; readonly text: string }
  | { readonly because: string };

/** Gets a text from an address that a request names. Never rejects. */
export type GetText = (address: string, hosts: RegExp) => Promise<TextAnswer>;

/**
 * Create the function that gets a text from an address that a request names, such as a certificate: over HTTPS only, from
 * hosts that match, without redirects, and within the sender's limits of time and size.
 */
export function createGetText({ send, signal }: { send: Send; signal: AbortSignal }): GetText {
  return async (address, hosts) => {
    const url = URL.parse(address);
    if (url === null || !isAllowed(url, hosts)) return { because: "the host is not one of the vendor's" };
    const { response, because = "no answer" } = await send(
      { url: url.href, method: "GET" },
      { secrets: [], signal, timeout: TIMEOUT },
    );
    return response ? { status: response.status, text: response.text } : { because };
  };
}

/** Whether an address has HTTPS at its usual port, a host that matches, and no credentials. */
export function isAllowed({ protocol, host, username, password }: URL, hosts: RegExp): boolean {
  return protocol === "https:" && hosts.test(host) && username === "" && password === "";
}
