/**
 * What channels have in common that first get a token and then call a vendor's API with it, within the time that the
 * relay gives them.
 *
 * @module
 */
import { createHash } from "node:crypto";
import {
  type ChannelRequest,
  type ChannelResponse,
  during,
  NoAnswer,
  refused,
  retry,
  type Step,
  throttled,
  type Tools,
  type Verdict,
} from "../../relay/channel.ts";
import type { Fields } from "../_answers/json.ts";

/** What is to blame: the access token, the chat that is gone, somebody in a list of people; or anything else. */
export type Cause = "token" | "chat" | "people" | "other";

/** A call that came to nothing, and what the message comes to if nothing is done about the cause. */
export interface FailedCall {
  readonly ok: false;
  readonly cause: Cause;
  readonly verdict: Verdict;
}

/** What a call came to. */
export type CallResult = { readonly ok: true; readonly json: Fields } | FailedCall;

/** How an app gets its token. */
export interface TokenSource {
  /** Names the token in the cache; tells no secret. */
  readonly key: string;
  readonly request: ChannelRequest;
  /** The token and its life in seconds. */
  readonly read: (response: ChannelResponse) => { token: unknown; seconds: unknown } | Verdict;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Our choice: how long before its end a token is no longer used; for a short-lived one, a tenth of its life. */
const TOKEN_MARGIN = 5 * MINUTE;

/** Our choice: tokens that one call tries before it gives up until the next attempt. */
const MOST_TOKENS = 4;

/** Both vendors give 7,200 seconds; ours is for an answer that does not say. */
const TOKEN_SECONDS = 600;

/** One message's conversation with a vendor. */
export class Conversation {
  readonly tools: Tools;
  /** By the source's key, the tokens that were refused, each with the vendor's words: calls run side by side. */
  readonly #refused = new Map<string, Map<string, string>>();
  /** Sources that gave this conversation a new token after a refusal: they are not asked again. */
  readonly #renewed = new Set<string>();
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
   * Call the vendor with the app's token. A token that is refused is replaced, whoever fetches the new one: another call
   * of this conversation, another message or another instance. Only a new token that is refused while nobody has a newer
   * one is the config's fault. It never throws for what the vendor does.
   */
  async call(
    source: TokenSource,
    request: (token: string) => ChannelRequest,
    read: (response: ChannelResponse) => CallResult,
  ): Promise<CallResult> {
    const refusedTokens = this.#refused.get(source.key) ?? new Map<string, string>();
    this.#refused.set(source.key, refusedTokens);
    for (let tries = 1;; tries++) {
      const token = await this.#token(source, refusedTokens);
      if (token === undefined) {
        const words = [...refusedTokens.values()].at(-1);
        return tokenFailure(refused("config", `a new token is refused: ${words}`));
      }
      if (typeof token !== "string") return tokenFailure(token);
      this.#tokens.add(token);
      const response = await this.#ask(request(token));
      if ("kind" in response) return { ok: false, cause: "other", verdict: response };
      const outcome = read(response);
      if (outcome.ok || outcome.cause !== "token") return outcome;
      const { because } = outcome.verdict;
      refusedTokens.set(token, because);
      if (tries >= MOST_TOKENS) {
        return tokenFailure(retry(`each new token is refused, somebody else fetches newer ones: ${because}`));
      }
    }
  }

  /** The verdict without the tokens that were used: a vendor may quote what it was sent. */
  withoutTokens<V extends Verdict>(verdict: V): V {
    let { because } = verdict;
    for (const token of this.#tokens) {
      because = because.replaceAll(token, "***").replaceAll(encodeURIComponent(token), "***");
    }
    return { ...verdict, because };
  }

  /** A token in the cache that was not refused, or a new one; `undefined` when a new one was refused already. */
  async #token(
    source: TokenSource,
    refusedTokens: Map<string, string>,
  ): Promise<string | Verdict | undefined> {
    const { cache } = this.tools;
    const kept = async (): Promise<string | undefined> => {
      const token = await cache.get(source.key);
      return typeof token === "string" && token !== "" && !refusedTokens.has(token) ? token : undefined;
    };
    const known = await kept();
    if (known !== undefined) return known;
    if (this.#renewed.has(source.key)) return undefined;
    const isRenewal = refusedTokens.size > 0;
    // Another message may have fetched a newer one meanwhile.
    const token = await once(source.key, async () => await kept() ?? await this.#fetchToken(source));
    if (isRenewal) this.#renewed.add(source.key);
    if (typeof token === "string") refusedTokens.delete(token); // the vendor stands by it
    return token;
  }

  async #fetchToken(source: TokenSource): Promise<string | Verdict> {
    const { cache, now } = this.tools;
    const response = await this.#ask(source.request);
    if ("kind" in response) return response;
    const got = source.read(response);
    if ("kind" in got) return got;
    const { token } = got;
    if (typeof token !== "string" || token === "") return retry(`HTTP ${response.status} without a token`);
    const seconds = Number(got.seconds) > 0 ? Number(got.seconds) : TOKEN_SECONDS;
    const life = seconds * SECOND;
    await cache.set(source.key, token, {
      until: now + life - Math.min(TOKEN_MARGIN, life / 10),
      secret: true,
    });
    return token;
  }

  async #ask(request: ChannelRequest): Promise<ChannelResponse | Verdict> {
    try {
      return await Promise.race([this.tools.fetch(request), this.#timeIsUp]);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      return retry(words, { handedOver: error instanceof NoAnswer && error.handedOver });
    }
  }
}

function tokenFailure(verdict: Verdict): FailedCall {
  return { ok: false, cause: "other", verdict: during("token", verdict) };
}

const underWay = new Map<string, Promise<unknown>>();

/** Callers at the same time share one run. */
export function once<T>(key: string, run: () => Promise<T>): Promise<T> {
  const running = underWay.get(key) as Promise<T> | undefined;
  if (running !== undefined) return running;
  const started = run().finally(() => underWay.delete(key));
  underWay.set(key, started);
  return started;
}

/** A verdict of a step before the message itself; one that an earlier step named stays. */
export function inStep(step: Step, verdict: Verdict): Verdict {
  return "step" in verdict ? verdict : during(step, verdict);
}

/** Names something in the cache; nothing of the parts can be read from it. */
export function keyOf(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 40);
}

/** A failure that is neither the token's nor a member's. */
export function failure(verdict: Verdict, cause: Cause = "other"): FailedCall {
  return { ok: false, cause, verdict };
}

/** What an answer that is not the vendor's own means, by its HTTP status. */
export function byStatus({ status, text, headers }: ChannelResponse, now: number): Verdict {
  const words = text.replace(/\s+/g, " ").trim().slice(0, 200).toWellFormed();
  const because = words === "" ? `HTTP ${status}` : `HTTP ${status}: ${words}`;
  const waitMs = retryAfter(headers, now);
  if (status === 429) return throttled(because, { waitMs: waitMs ?? MINUTE });
  if (status === 504) return retry(because, { waitMs, handedOver: true }); // a gateway that had no answer in time
  if (status < 300 || status >= 500 || status === 408 || status === 425) return retry(because, { waitMs });
  return refused("config", because);
}

/** At most 15 minutes. */
function retryAfter(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  const wait = /^\d+$/.test(text) ? Number(text) * SECOND : Date.parse(text) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), 15 * MINUTE);
}
