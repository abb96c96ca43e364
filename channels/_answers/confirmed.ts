import { type ChannelResponse, delivered, type Receipt, retry, type Verdict } from "../../relay/channel.ts";

/**
 * The verdict of a vendor whose status tells the truth, and whose yes has a body: a page with HTTP 200 is somebody else's, such
 * as a proxy's.
 *
 * @param isYes Whether the body is the vendor's yes
 * @returns `undefined` for any other status: it decides alone
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
