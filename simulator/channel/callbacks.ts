/**
 * The callbacks of a vendor, made by a channel's fixtures.
 *
 * @module
 */
import type { CallbackFixture, CallbackGiven, CallbackParts, CallbackRequest } from "../../relay/channel.ts";

/** The call of a fixture as the request that a channel reads. */
export async function callbackOf(
  fixture: CallbackFixture<unknown>,
  config: unknown,
  given: CallbackGiven,
): Promise<CallbackRequest> {
  return callbackRequest(await fixture.request(config, given));
}

/** The parts of a vendor's call as the request that a channel reads. */
export function callbackRequest(
  { method = "POST", query = {}, headers = {}, body = "" }: CallbackParts,
): CallbackRequest {
  return {
    method,
    query: new URLSearchParams(query),
    headers: new Headers(headers),
    body,
    json: parsed(body),
  };
}

/** The same call over HTTP. `address`: the destination's callback address. */
export function httpCallback(
  { method = "POST", query = {}, headers = {}, body }: CallbackParts,
  address: string,
): Request {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return new Request(url, { method, headers, ...method === "GET" ? {} : { body: body ?? "" } });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
