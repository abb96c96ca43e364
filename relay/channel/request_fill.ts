import { SECOND } from "../base/duration.ts";
import { withTimeout } from "../base/timeout.ts";
import type { Channel } from "./channel.ts";
import type { Message } from "./message.ts";
import { encodeRequest } from "./request_body.ts";
import { fillOf, type Size } from "./size.ts";

/** Milliseconds that a channel may take to describe a request. */
const TIME_LIMIT = SECOND;

/** The context of a request, in addition to its message. */
export interface RequestContext {
  readonly channel: Channel;
  readonly config: unknown;
  readonly now: number;
}

/**
 * The share of a size that the body of the request for a message takes; of several requests, the largest. It is 0 if there is
 * no request or the channel fails: the attempt reports that.
 */
export async function requestFill(
  message: Message,
  size: Size,
  { channel, config, now }: RequestContext,
): Promise<number> {
  const messages = channel.per === "recipient"
    ? message.recipients.map((recipient) => ({ ...message, recipients: [recipient] }))
    : [message];
  const fills = messages.map(async (message) => {
    const request = await channel.request?.(config, message, { now, id: message.id });
    if (request === undefined || "kind" in request) return 0;
    const { body = "" } = encodeRequest(request);
    return fillOf(typeof body === "string" ? body : new TextDecoder().decode(body), size);
  });
  try {
    return await withTimeout(Promise.all(fills).then((all) => Math.max(0, ...all)), TIME_LIMIT, () => 0);
  } catch {
    return 0;
  }
}
