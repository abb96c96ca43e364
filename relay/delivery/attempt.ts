import {
  type Channel,
  type ChannelRequest,
  type ChannelResponse,
  type Message,
  NoAnswer,
  retry,
  type Tools,
  type Verdict,
} from "../channel.ts";
import type { Destination } from "../domain/group.ts";
import type { Attempt } from "../domain/record.ts";
import { redact } from "../redaction/redact.ts";
import { oneLine } from "../base/text.ts";
import { wordsOf } from "./error_words.ts";
import { verdictByStatus } from "./retry.ts";
import type { Answer, Send } from "./sender.ts";
import type { Caches } from "../store/cache.ts";

/** What trying a message came to. `stopped`: the relay is stopping, and it is not known whether it arrived. */
export type Tried = { readonly verdict: Verdict; readonly attempt: Attempt } | { readonly stopped: true };

/** What an attempt works with. */
export interface AttemptOptions {
  readonly channel: Channel;
  readonly destination: Destination;
  readonly send: Send;
  readonly caches: Caches;
  /** What the channel keeps open from one message to the next. */
  readonly kept: Map<string, AsyncDisposable>;
  readonly now: () => number;
  /** Milliseconds that the attempt may take as a whole. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** A send that is ready to go: nothing of it waits for anything but the vendor. */
export type Ready = () => Promise<Tried>;

/**
 * Prepare one try of a message: ask the channel for its request. The returned function sends it and reads the verdict.
 * Neither throws: a channel that does is a `retry`, because a mended plugin may still deliver it.
 */
export async function prepare(message: Message, options: AttemptOptions): Promise<Ready> {
  const { channel, destination, now } = options;
  if (channel.send) return () => converse(message, options);
  if (!channel.request) {
    return () => Promise.resolve(failed("the channel has neither `request` nor `send`", options));
  }
  let request: ChannelRequest;
  try {
    request = await channel.request(destination.config, message, { now: now(), id: message.id });
  } catch (error) {
    return () => Promise.resolve(failed(wordsOf(error), options));
  }
  return async () => {
    const at = now();
    const { signal, timeout } = options;
    const answer = await options.send(request, { secrets: destination.secrets, signal, timeout });
    if (answer.stopped) return { stopped: true };
    return judged(at, answer, verdictOf(channel, answer, now()), options);
  };
}

/**
 * A vendor that holds a conversation: the channel sends as often as it needs to, and judges for itself. One that never
 * comes back must not hold the lane: it is left alone when its time is up.
 */
async function converse(message: Message, options: AttemptOptions): Promise<Tried> {
  const { channel, destination, send, caches, kept, now, timeout, signal } = options;
  const at = now();
  const started = performance.now();
  let last: Answer | undefined;
  let asking = 0;
  const tools: Omit<Tools, "signal"> = {
    now: at,
    cache: caches.of(channel.name),
    kept,
    fetch: async (request): Promise<ChannelResponse> => {
      asking++;
      last = await send(request, { secrets: destination.secrets, signal, timeout });
      asking--;
      if (last.response) return last.response;
      throw new NoAnswer(last.because ?? "no answer", { handedOver: last.handedOver ?? false });
    },
  };
  const verdict = await inTime(
    (signal) => channel.send!(destination.config, message, { ...tools, signal }),
    // Nobody knows of a request that is still without an answer whether it is the message's own.
    { timeout, signal, late: (words) => retry(words, { handedOver: asking > 0 }) },
  ).catch((error): Verdict =>
    retry(wordsOf(error), { handedOver: error instanceof NoAnswer && error.handedOver })
  );
  if (last?.stopped || signal.aborted && verdict.kind !== "delivered") return { stopped: true };
  const ms = Math.round(performance.now() - started);
  return judged(at, { request: channel.title, ...last, ms }, verdict, options);
}

/** The part of its time after which a channel is told to end; the rest is for its last words. */
const WARNED = 0.9;

/** The verdict of a conversation, or ours when it does not end by itself. */
async function inTime(
  hold: (signal: AbortSignal) => Promise<Verdict>,
  { timeout, signal, late }: { timeout: number; signal: AbortSignal; late: (words: string) => Verdict },
): Promise<Verdict> {
  // One controller for both, by hand: each `AbortSignal.any` would leave something behind in the relay's own signal.
  const warning = new AbortController();
  const { promise: ours, resolve } = Promise.withResolvers<Verdict>();
  const stop = (): void => {
    warning.abort();
    resolve(retry("the relay is stopping"));
  };
  const warn = setTimeout(() => warning.abort(), timeout * WARNED);
  const end = setTimeout(() => resolve(late(`no answer within ${timeout / 1000} s`)), timeout);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await Promise.race([hold(warning.signal), ours]);
  } finally {
    clearTimeout(warn);
    clearTimeout(end);
    signal.removeEventListener("abort", stop);
  }
}

function verdictOf(channel: Channel, { response, because, handedOver }: Answer, now: number): Verdict {
  if (!response) return retry(because ?? "no answer", { handedOver });
  try {
    return channel.verdict?.(response, { now }) ?? verdictByStatus(response, { now });
  } catch (error) {
    return retry(`the channel cannot read the answer: ${wordsOf(error)}`);
  }
}

function judged(
  at: number,
  answer: Answer,
  verdict: Verdict,
  { destination }: AttemptOptions,
): Tried {
  const because = oneLine(redact(verdict.because, destination.secrets)).slice(0, 500).toWellFormed();
  const step = "step" in verdict ? verdict.step : undefined;
  return {
    verdict: { ...verdict, because },
    attempt: {
      at,
      ms: answer.ms,
      request: answer.request,
      ...answer.response ? { status: answer.response.status } : {},
      verdict: verdict.kind,
      because,
      ...step === undefined ? {} : { step },
    },
  };
}

function failed(because: string, options: AttemptOptions): Tried {
  const at = options.now();
  return judged(
    at,
    { request: options.channel.title, ms: 0 },
    retry(`the channel failed: ${because}`),
    options,
  );
}
