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
import type { Clock } from "../base/clock.ts";
import type { Destination } from "../domain/group.ts";
import type { AttemptRecord } from "../domain/record.ts";
import { redact } from "../redaction/redact.ts";
import { defined } from "../base/defined.ts";
import { oneLine } from "../base/text.ts";
import { wordsOf } from "./error_words.ts";
import { verdictByStatus } from "./retry.ts";
import type { Answer, Send } from "./sender.ts";
import type { Caches } from "../store/cache.ts";

/** A vendor's verdict on a message, and the record of the attempt. */
export interface Judged {
  readonly verdict: Verdict;
  readonly record: AttemptRecord;
}

/** What a call came to. `stopped`: the relay is stopping, and it is not known whether the message arrived. */
export type CallResult = Judged | { readonly stopped: true };

/** What a channel keeps open from one message to the next, by names of its own. */
export type Connections = Map<string, AsyncDisposable>;

/** What a call works with. */
export interface CallOptions {
  readonly channel: Channel;
  readonly destination: Destination;
  readonly send: Send;
  readonly caches: Caches;
  readonly connections: Connections;
  readonly clock: Clock;
  /** Milliseconds that the call may take as a whole. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** A call that is ready to go: nothing of it waits for anything but the vendor. */
export type VendorCall = () => Promise<CallResult>;

/**
 * Prepare to send a message: ask the channel for its request. The returned function sends it and reads the verdict.
 * Neither throws: a channel that does is a `retry`, because a mended plugin may still deliver it.
 */
export async function prepareCall(message: Message, options: CallOptions): Promise<VendorCall> {
  const { channel, destination, clock } = options;
  if (channel.send) return () => converse(message, options);
  if (!channel.request) {
    return () => Promise.resolve(failed("the channel has neither `request` nor `send`", options));
  }
  let request: ChannelRequest;
  try {
    request = await channel.request(destination.config, message, { now: clock.now(), id: message.id });
  } catch (error) {
    return () => Promise.resolve(failed(wordsOf(error), options));
  }
  return async () => {
    const at = clock.now();
    const { signal, timeout } = options;
    const answer = await options.send(request, { secrets: destination.secrets, signal, timeout });
    if (answer.stopped) return { stopped: true };
    return judged(at, answer, verdictOf(channel, answer, clock.now()), options);
  };
}

/**
 * A vendor that holds a conversation: the channel sends as often as it needs to, and judges for itself. One that never
 * comes back must not hold the lane: it is left alone when its time is up.
 */
async function converse(message: Message, options: CallOptions): Promise<CallResult> {
  const { channel, destination, send, caches, connections, clock, timeout, signal } = options;
  const at = clock.now();
  const started = performance.now();
  let last: Answer | undefined;
  let asking = 0;
  const tools: Omit<Tools, "signal"> = {
    now: at,
    cache: caches.of(channel.name),
    kept: connections,
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

/** Close what a channel has kept open. What does not close by itself is no fault of any message. */
export async function closeAll(connections: Connections): Promise<void> {
  const open = [...connections.values()];
  connections.clear();
  await Promise.allSettled(open.map(async (one) => await one[Symbol.asyncDispose]()));
}

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
  { destination }: CallOptions,
): CallResult {
  const because = oneLine(redact(verdict.because, destination.secrets)).slice(0, 500).toWellFormed();
  const step = "step" in verdict ? verdict.step : undefined;
  return {
    verdict: { ...verdict, because },
    record: defined({
      at,
      ms: answer.ms,
      request: answer.request,
      status: answer.response?.status,
      verdict: verdict.kind,
      because,
      step,
    }),
  };
}

function failed(because: string, options: CallOptions): CallResult {
  const at = options.clock.now();
  return judged(
    at,
    { request: options.channel.title, ms: 0 },
    retry(`the channel failed: ${because}`),
    options,
  );
}
