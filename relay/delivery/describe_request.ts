import type { Clock } from "../base/clock.ts";
import { withTimeout } from "../base/timeout.ts";
import type { Channel, ChannelRequest, Message, Refused, Skipped } from "../channel.ts";
import { ChannelError } from "../channel/channel_error.ts";
import { encodeRequest } from "../channel/request_body.ts";
import type { Destination } from "../domain/group.ts";
import { problemOfRequest } from "./channel_result.ts";
import { wordsOf } from "./error_words.ts";

/** The inputs of a channel's request, in addition to the message. */
interface RequestOptions {
  readonly channel: Channel;
  readonly destination: Pick<Destination, "config">;
  readonly clock: Clock;
  /** Milliseconds that the channel may take. */
  readonly timeout: number;
}

/**
 * A channel's request for a message, checked and with its encoded body; or the reason why there is none.
 *
 * @throws ChannelError when the channel's code fails
 */
export async function describeRequest(
  message: Message,
  { channel, destination, clock, timeout }: RequestOptions,
): Promise<ChannelRequest | Refused | Skipped> {
  if (!channel.request) throw new ChannelError("it has neither request nor send");
  const late = (): never => {
    throw new ChannelError(`request does not end within ${timeout / 1_000} s`);
  };
  try {
    const asked = channel.request(destination.config, message, { now: clock.now(), id: message.id });
    const described = asked instanceof Promise ? await withTimeout(asked, timeout, late) : asked;
    if (typeof described === "object" && described !== null && "kind" in described) return described;
    const problem = problemOfRequest(described);
    if (problem !== undefined) throw new ChannelError(problem);
    const { url, method } = described;
    const encoded = encode(described);
    const isLost = described.json !== undefined && encoded.body === undefined;
    if (isLost) throw new ChannelError("the json of its request is a function or a symbol");
    return { url, ...method === undefined ? {} : { method }, ...encoded };
  } catch (error) {
    throw thrownBy("request", error);
  }
}

function encode(request: ChannelRequest): ReturnType<typeof encodeRequest> {
  try {
    return encodeRequest(request);
  } catch (error) {
    const [words = ""] = wordsOf(error).split("\n");
    throw new ChannelError(`the body of its request cannot be written: ${words}`);
  }
}

/** `request throws: Cannot read properties of undefined (reading 'x') at gotify.ts:14:20` */
export function thrownBy(hook: string, error: unknown): ChannelError {
  if (error instanceof ChannelError) return error;
  const [, place] = error instanceof Error
    ? /\bfile:\/\/[^\s()]*\/([^/\s()]+\.\w+:\d+:\d+)/.exec(error.stack ?? "") ?? []
    : [];
  return new ChannelError(
    `${hook} throws: ${wordsOf(error) || "nothing readable"}${place === undefined ? "" : ` at ${place}`}`,
  );
}
