import { type ChannelResponse, delivered, type Receipt, retry, type Verdict } from "../../relay/channel.ts";

/**
 * The verdict for a vendor whose HTTP status is reliable and whose success has a known body: a page with HTTP 200
 * comes from another server, such as a proxy.
 *
 * @param isYes Whether the body is the vendor's success
 * @returns `undefined` if the status is not 2xx, which decides alone
 */
export function confirmed(
  { status, text }: ChannelResponse,
  isYes: boolean,
  { receipt }: { receipt?: Receipt | undefined } = {},
): Verdict | undefined {
  if (status < 200 || status >= 300) return undefined;
  if (isYes) return delivered(`HTTP ${status}`, { receipt });
  return retry(`HTTP ${status} without the vendor's answer: ${text.slice(0, 200).toWellFormed()}`);
}
