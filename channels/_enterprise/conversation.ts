/**
 * A conversation with a vendor: it gets a token and calls the vendor's API with it, within the time limit of the attempt.
 *
 * @module
 */
import { createHash } from "node:crypto";
import {
  type ChannelRequest,
  type ChannelResponse,
  during,
  type Message,
  NoAnswer,
  refused,
  retry,
  sessionToken,
  type Step,
  type Tools,
  type Verdict,
  verdictByStatus,
} from "../../relay/channel.ts";
import type { Fields } from "../_answers/json.ts";

/**
 * The cause of a failed call: the access token, a chat that no longer exists, a person in a list of people, or
 * another cause.
 */
export type Cause = "token" | "chat" | "people" | "other";

/** A failed call, with the verdict on the message unless the caller can handle the cause. */
export interface FailedCall {
  readonly ok: false;
  readonly cause: Cause;
  readonly verdict: Verdict;
}

/** The result of a call. */
export type CallResult = { readonly ok: true; readonly json: Fields } | FailedCall;

/** The request for an app's token, and the reading of its answer. */
export interface TokenSource {
  /** The key of the token in the cache; it contains no secret. */
  readonly key: string;
  readonly request: ChannelRequest;
  /** The token and its life in seconds. */
  readonly read: (response: ChannelResponse) => { token: unknown; seconds: unknown } | Verdict;
}

/** One message's conversation with a vendor. */
export class Conversation {
  readonly tools: Tools;
  readonly #tokens = new Set<string>();
  readonly #timeIsUp: Promise<never>;

  constructor(tools: Tools) {
    this.tools = tools;
    const { promise, reject } = Promise.withResolvers<never>();
    const stop = (): void => reject(new NoAnswer("no answer: the time is up", { handedOver: true }));
    if (tools.signal.aborted) stop();
    else tools.signal.addEventListener("abort", stop, { once: true });
    promise.catch(() => {}); // usually nothing awaits it
    this.#timeIsUp = promise;
  }

  /**
   * Calls the vendor with the app's token. If the vendor refuses the token, a new one is tried; if it refuses that as well, the
   * config is wrong. A failure of the vendor is a result, not an exception.
   */
  async call(
    source: TokenSource,
    request: (token: string) => ChannelRequest,
    read: (response: ChannelResponse) => CallResult,
  ): Promise<CallResult> {
    try {
      const answer = await sessionToken(this.tools, {
        key: source.key,
        get: async () => source.read(await this.#ask(source.request)),
        use: async (token) => {
          this.#tokens.add(token);
          return await this.#ask(request(token));
        },
        isRefused: (response) => isTokenFailure(read(response)),
      });
      if ("kind" in answer) return failure(answer);
      const result = read(answer);
      if (!isTokenFailure(result)) return result;
      return failure(
        during("token", refused("config", `a new token is refused: ${result.verdict.because}`)),
      );
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      return failure(retry(error.message, { handedOver: error.handedOver }));
    }
  }

  /** The verdict without the tokens that were used: a vendor may quote the request. */
  withoutTokens<V extends Verdict>(verdict: V): V {
    let { because } = verdict;
    for (const token of this.#tokens) {
      because = because.replaceAll(token, "***").replaceAll(encodeURIComponent(token), "***");
    }
    return { ...verdict, because };
  }

  async #ask(request: ChannelRequest): Promise<ChannelResponse> {
    return await Promise.race([this.tools.fetch(request), this.#timeIsUp]);
  }
}

/** The `send` of a channel with a conversation. */
export function inConversation<C>(
  send: (config: C, message: Message, conversation: Conversation) => Promise<Verdict>,
): (config: C, message: Message, tools: Tools) => Promise<Verdict> {
  return async (config, message, tools) => {
    const conversation = new Conversation(tools);
    return conversation.withoutTokens(await send(config, message, conversation));
  };
}

function isTokenFailure(result: CallResult): result is FailedCall {
  return !result.ok && result.cause === "token";
}

const underWay = new Map<string, Promise<unknown>>();

/** Concurrent callers with the same key share one run. */
export function once<T>(key: string, run: () => Promise<T>): Promise<T> {
  const running = underWay.get(key) as Promise<T> | undefined;
  if (running !== undefined) return running;
  const started = run().finally(() => underWay.delete(key));
  underWay.set(key, started);
  return started;
}

/** Marks the verdict with the step that failed, unless it already has one. */
export function inStep(step: Step, verdict: Verdict): Verdict {
  return "step" in verdict ? verdict : during(step, verdict);
}

/** A key for the cache. It is a hash: the parts cannot be read from it. */
export function keyOf(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 40);
}

/** A failed call. */
export function failure(verdict: Verdict, cause: Cause = "other"): FailedCall {
  return { ok: false, cause, verdict };
}

/** The verdict by HTTP status on an answer that is not the vendor's own. A page with HTTP 200 comes from a gateway. */
export function byStatus(response: ChannelResponse, now: number): Verdict {
  const verdict = verdictByStatus(response, { now });
  if (verdict.kind === "delivered") return retry(`${verdict.because}: ${response.text.trim().slice(0, 200)}`);
  return verdict.kind === "refused" ? refused("config", verdict.because) : verdict;
}
