/** A request as text for a person: a helper for tests of its content. @module */
import type { ChannelRequest } from "../../relay/channel.ts";
import { encodeRequest } from "../../relay/channel/request_body.ts";

/** The address and the body of a request as one text, without the escapes of addresses, forms and JSON. */
export function textOfRequest(request: ChannelRequest): string {
  const { headers, body = "" } = encodeRequest(request);
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  const words = isForm ? decoded(text.replaceAll("+", " ")) : text;
  return `${decoded(request.url)}\n${words.replace(/\\(["\\/])/g, "$1")}`;
}

function decoded(text: string): string {
  return decodeURIComponent(text.replace(/%(?![0-9A-F]{2})/g, "%25"));
}
