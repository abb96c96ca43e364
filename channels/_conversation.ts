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
  refused,
  retry,
  type Step,
  throttled,
  type Tools,
  type Verdict,
} from "../relay/channel.ts";

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** What is to blame: the access token, the chat that is gone, somebody in a list of people; or anything else. */
export type Cause = "token" | "chat" | "people" | "other";

/** A call that came to nothing, and what the message comes to if nothing is done about the cause. */
export interface Failure {
  readonly ok: false;
  readonly cause: Cause;
  readonly verdict: Verdict;
}

/** What a call came to. */
export type Outcome = { readonly ok: true; readonly json: Fields } | Failure;

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

/** Ours: so long before its end a token is not used any more; of a short one, a tenth of its life. */
const TOKEN_MARGIN = 5 * MINUTE;

/** Both vendors give 7,200 seconds; ours is for an answer that does not say. */
const TOKEN_SECONDS = 600;

/** One message's conversation with a vendor. */
export class Conversation {
  readonly tools: Tools;
  readonly #refreshed = new Set<string>();
  readonly #tokens = new Set<string>();
  readonly #timeIsUp: Promise<never>;

  constructor(tools: Tools) {
    this.tools = tools;
    const { promise, reject } = Promise.withResolvers<never>();
    const stop = (): void => reject(new Error("no answer: the time is up"));
    if (tools.signal.aborted) stop();
    else tools.signal.addEventListener("abort", stop, { once: true });
    promise.catch(() => {}); // mostly nobody waits for it
    this.#timeIsUp = promise;
  }

  /**
   * Call the vendor with the app's token. When the token is not good any more, it is fetched anew, once in a
   * conversation. It never throws for what the vendor does.
   */
  async call(
    source: TokenSource,
    request: (token: string) => ChannelRequest,
    read: (response: ChannelResponse) => Outcome,
  ): Promise<Outcome> {
    let stale: string | undefined;
    for (;;) {
      const token = await this.#token(source, stale);
      if (typeof token !== "string") return { ok: false, cause: "other", verdict: during("token", token) };
      this.#tokens.add(token);
      const response = await this.#ask(request(token));
      if ("kind" in response) return { ok: false, cause: "other", verdict: response };
      const outcome = read(response);
      if (outcome.ok || outcome.cause !== "token") return outcome;
      if (this.#refreshed.has(source.key)) {
        const verdict = during(
          "token",
          refused("config", `a new token is refused: ${outcome.verdict.because}`),
        );
        return { ok: false, cause: "other", verdict };
      }
      this.#refreshed.add(source.key);
      stale = token;
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

  /** The token in the cache, or a new one. `stale`: one that was refused. */
  async #token(source: TokenSource, stale?: string): Promise<string | Verdict> {
    const { cache, now } = this.tools;
    const kept = async (): Promise<string | undefined> => {
      const token = await cache.get(source.key);
      return typeof token === "string" && token !== "" && token !== stale ? token : undefined;
    };
    return await kept() ?? await once(source.key, async () => {
      const newer = await kept(); // another message may have fetched it meanwhile
      if (newer !== undefined) return newer;
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
    });
  }

  async #ask(request: ChannelRequest): Promise<ChannelResponse | Verdict> {
    try {
      return await Promise.race([this.tools.fetch(request), this.#timeIsUp]);
    } catch (error) {
      return retry(error instanceof Error ? error.message : String(error));
    }
  }
}

const underWay = new Map<string, Promise<unknown>>();

/** Do it once for all in this process who want it at the same time. */
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

/** A failure that is neither the token's nor anybody's. */
export function failure(verdict: Verdict, cause: Cause = "other"): Failure {
  return { ok: false, cause, verdict };
}

/** The fields of a JSON object; none of anything else. */
export function fieldsOf(json: unknown): Fields {
  return typeof json === "object" && json !== null && !Array.isArray(json) ? json as Fields : {};
}

/** The words and numbers among the parts. */
export function wordsOf(...parts: readonly unknown[]): string {
  const isWord = (part: unknown): boolean =>
    typeof part === "number" || typeof part === "string" && part !== "";
  return parts.filter(isWord).join(" ");
}

/** What an answer that is not the vendor's own means, by its HTTP status. */
export function byStatus({ status, text, headers }: ChannelResponse, now: number): Verdict {
  const words = text.replace(/\s+/g, " ").trim().slice(0, 200).toWellFormed();
  const because = words === "" ? `HTTP ${status}` : `HTTP ${status}: ${words}`;
  const waitMs = retryAfter(headers, now);
  if (status === 429) return throttled(because, { waitMs: waitMs ?? MINUTE });
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
