import {
  type Cache,
  type Channel,
  type ChannelResponse,
  type Message,
  NoAnswer,
  type Receipt,
  refused,
  type Retry,
  retry,
  type Tools,
  type Verdict,
} from "../channel.ts";
import { verdictByDefault } from "../channel/by_status.ts";
import { ChannelError } from "../channel/channel_error.ts";
import type { ChannelFaults } from "../channel/channel_faults.ts";
import { attribute } from "../channel/error_origin.ts";
import type { Clock } from "../base/clock.ts";
import type { Destination } from "../domain/group.ts";
import type { AttemptRecord } from "../domain/record.ts";
import { redact } from "../redaction/redact.ts";
import { defined } from "../base/defined.ts";
import { oneLine } from "../base/text.ts";
import { forbiddenHost } from "./allowed_hosts.ts";
import { problemOfVerdict, withBoundedWait } from "./channel_result.ts";
import { describeRequest, thrownBy } from "./describe_request.ts";
import { wordsOf } from "./error_words.ts";
import type { Turn } from "./one_by_one.ts";
import type { Send, SendAnswer } from "./sender.ts";
import type { Caches } from "../store/cache.ts";

/** A vendor's verdict on a message, and the record of the attempt. */
export interface Judged {
  readonly verdict: Verdict;
  readonly record: AttemptRecord;
  /** Set if the channel declined the message: its vendor was not called. */
  readonly unasked?: true;
  /** Whether the message had the receipt of an earlier one. */
  readonly hadEarlier?: boolean;
  /** Whether it is about an earlier incident of its fingerprint. */
  readonly isPast?: boolean;
  /** Set when it went to one of its recipients. */
  readonly turn?: Turn;
}

/** The result of a call. `stopped`: the relay is stopping, and it is unknown whether the message arrived. */
export type VendorCallResult = Judged | { readonly stopped: true };

/** Connections that a channel reuses from one message to the next, by names of its own. */
export type Connections = Map<string, AsyncDisposable>;

/** The dependencies of a call. */
export interface CallOptions {
  readonly channel: Channel;
  readonly destination: Destination;
  readonly send: Send;
  readonly caches: Pick<Caches, "of">;
  readonly connections: Connections;
  readonly clock: Clock;
  /** Counts the errors of the channel's own code. */
  readonly faults?: Pick<ChannelFaults, "add">;
  /** Milliseconds that the call may take as a whole. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** A prepared call: it only waits for the vendor. */
export type VendorCall = () => Promise<VendorCallResult>;

/**
 * Prepare to send a message: ask the channel for its request. The returned function sends it and reads the verdict.
 * Neither rejects: a channel that throws gives a `retry`, because a fixed plugin may still deliver it.
 */
export async function prepareCall(message: Message, options: CallOptions): Promise<VendorCall> {
  const { channel, destination, clock } = options;
  if (channel.send) return () => converse(message, options);
  const unasked = (verdict: Verdict): VendorCall => {
    const result = judged(clock.now(), { request: channel.title, ms: 0 }, verdict, options);
    return () => Promise.resolve({ ...result, unasked: true });
  };
  const request = await describeRequest(message, options).catch((error: unknown) => broken(error));
  if ("kind" in request) return unasked(request);
  const forbidden = forbiddenHost(request.url, channel, destination.config);
  if (forbidden !== undefined) return unasked(refused("config", forbidden));
  return async () => {
    const at = clock.now();
    const { signal, timeout } = options;
    const { secrets, network } = destination;
    const answer = await options.send(request, { secrets, signal, timeout, network });
    if (answer.stopped) return { stopped: true };
    const verdict = verdictOf(channel, answer, { now: clock.now(), earlier: message.earlier });
    return judged(at, answer, verdict, options);
  };
}

/**
 * Call a channel that makes several requests and returns its own verdict. A channel that never returns must not block
 * the lane, so it is abandoned at its time limit.
 */
async function converse(message: Message, options: CallOptions): Promise<VendorCallResult> {
  const { channel, destination, send, caches, connections, clock, timeout, signal } = options;
  const { secrets, network } = destination;
  const at = clock.now();
  const started = performance.now();
  let last: SendAnswer | undefined;
  let openRequests = 0;
  let forbidden: string | undefined;
  const fetch: Tools["fetch"] = async (request) => {
    forbidden ??= forbiddenHost(request.url, channel, destination.config);
    if (forbidden !== undefined) throw new NoAnswer(forbidden, { handedOver: false });
    openRequests++;
    last = await send(request, { secrets, signal, timeout, network });
    openRequests--;
    if (last.response) return last.response;
    throw new NoAnswer(last.because ?? "no answer", { handedOver: last.handedOver ?? false });
  };
  const tools: Omit<Tools, "signal"> = {
    now: at,
    cache: cacheOf(caches.of(channel.name)),
    kept: connections,
    network,
    fetch: (request) => onBehalf(fetch(request)),
  };
  const said = await inTime(
    (signal) => channel.send!(destination.config, message, { ...tools, signal }),
    // A request without an answer may be the message itself.
    { timeout, signal, late: (words) => retry(words, { handedOver: openRequests > 0 }) },
  ).catch((error): Verdict =>
    isMistake(error)
      ? broken(thrownBy("send", error))
      : retry(wordsOf(error), { handedOver: error instanceof NoAnswer && error.handedOver })
  );
  const hasArrived = said?.kind === "delivered";
  const verdict = forbidden === undefined || hasArrived ? said : refused("config", forbidden);
  if (last?.stopped || signal.aborted && !hasArrived) return { stopped: true };
  const ms = Math.round(performance.now() - started);
  return judged(at, { request: channel.title, ...last, ms }, verdict, options);
}

/** One object for all calls of a channel: `sessionToken` finds the calls' shared state by it. */
const toolCaches = new WeakMap<Cache, Cache>();

function cacheOf(cache: Cache): Cache {
  const tool = toolCaches.get(cache) ?? {
    get: (key) => onBehalf(cache.get(key)),
    set: (key, value, options) => onBehalf(cache.set(key, value, options)),
    delete: (key) => onBehalf(cache.delete(key)),
  };
  toolCaches.set(cache, tool);
  return tool;
}

/** Run a tool. An error that the channel does not await is attributed to the channel's call. */
async function onBehalf<T>(work: Promise<T>): Promise<T> {
  const call = new Error("the channel's call");
  try {
    return await work;
  } catch (error) {
    attribute(error, call);
    throw error;
  }
}

/** The share of the timeout after which a channel's signal is aborted; the rest is for cleaning up. */
const ABORT_AFTER = 0.9;

/** Close a channel's connections. A connection that fails to close is not an error of any message. */
export async function closeAll(connections: Connections): Promise<void> {
  const open = [...connections.values()];
  connections.clear();
  await Promise.allSettled(open.map(async (one) => await one[Symbol.asyncDispose]()));
}

/** The verdict of a channel's `send`, or the relay's own if it does not end in time. */
async function inTime(
  hold: (signal: AbortSignal) => Promise<Verdict>,
  { timeout, signal, late }: { timeout: number; signal: AbortSignal; late: (words: string) => Verdict },
): Promise<Verdict> {
  // One controller for both: each `AbortSignal.any` would leave a reference behind in the relay's own signal.
  const warning = new AbortController();
  const { promise: ours, resolve } = Promise.withResolvers<Verdict>();
  const stop = (): void => {
    warning.abort();
    resolve(retry("the relay is stopping"));
  };
  const warn = setTimeout(() => warning.abort(), timeout * ABORT_AFTER);
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

function verdictOf(
  channel: Channel,
  { response, because, handedOver }: SendAnswer,
  context: { now: number; earlier: Receipt | undefined },
): Verdict {
  if (!response) return retry(because ?? "no answer", { handedOver });
  try {
    return channel.verdict?.(response, context) ?? verdictByDefault(channel, response, context);
  } catch (error) {
    return broken(thrownBy("verdict", error), { handedOver: isYes(response) });
  }
}

/** The verdict when the channel's own code fails. */
function broken(error: unknown, { handedOver = false }: { handedOver?: boolean } = {}): Retry {
  return { ...retry(`the channel failed: ${wordsOf(error)}`, { handedOver }), broken: true };
}

/** Whether JavaScript threw an error itself: a vendor's or a library's are of other classes. */
function isMistake(error: unknown): boolean {
  return [ChannelError, TypeError, ReferenceError, RangeError, SyntaxError].some((one) =>
    error instanceof one
  );
}

function isYes(response: ChannelResponse | undefined): boolean {
  return response !== undefined && response.status >= 200 && response.status < 300;
}

function judged(
  at: number,
  answer: SendAnswer,
  given: Verdict,
  { channel, destination, faults }: CallOptions,
): Judged {
  const problem = problemOfVerdict(given);
  const bounded = problem === undefined
    ? withBoundedWait(given)
    : broken(problem, { handedOver: isYes(answer.response) });
  const because = oneLine(redact(bounded.because, destination.secrets)).slice(0, 500).toWellFormed();
  const verdict = { ...bounded, because };
  if (verdict.kind === "retry" && verdict.broken) faults?.add(channel.name, because);
  const step = "step" in verdict ? verdict.step : undefined;
  return {
    verdict,
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
