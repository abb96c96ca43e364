import { MINUTE, SECOND } from "../base/duration.ts";
import { during, retry, type Verdict } from "../domain/verdict.ts";
import { type Cache, type ChannelResponse, NoAnswer, type Tools } from "./tools.ts";

/** The acquisition and the use of a vendor's access token. */
export interface TokenUse {
  /** Names the account in the channel's cache; it must not contain a secret. */
  readonly key: string;
  /** Requests a new token: it, and its life in seconds, as in the vendor's answer; or the verdict if there is none. */
  readonly get: () => Promise<{ readonly token: unknown; readonly seconds: unknown } | Verdict>;
  /** Sends a request with the token. */
  readonly use: (token: string) => Promise<ChannelResponse>;
  /** Whether the vendor's answer says that the token is no longer valid. */
  readonly isRefused: (response: ChannelResponse) => boolean;
}

/** The time before its end at which a token is no longer used; for a short-lived one, a tenth of its life. */
const MARGIN = 5 * MINUTE;

/** The life of a token in seconds, if the answer gives none. */
const DEFAULT_LIFE = 600;

/** The longest life of a token in the cache, in seconds. */
const LONGEST_LIFE = 30 * 24 * 3_600;

/** At most this many tokens are tried for one request: other instances may fetch newer ones meanwhile. */
const MAX_TRIES = 4;

/** At most this many refused tokens of an account are remembered. */
const MAX_REFUSED = 10;

/** The state of an account's tokens in this process. */
interface TokenState {
  /** The current fetch: concurrent callers share it. */
  fetching?: Promise<string | Verdict> | undefined;
  /** The number of tokens that this process has fetched. */
  fetched: number;
  readonly refused: Set<string>;
}

/** The states by the channel's cache, so that no channel gets another's token. */
const states = new WeakMap<Cache, Map<string, TokenState>>();

/**
 * Sends a request with an access token that all instances share: it is kept in the channel's cache, sealed. A token that the
 * vendor refuses is replaced once: by this call, by another call of this process, or by another instance.
 *
 * @returns the vendor's answer, a refusal only if the vendor refused a new token, too; or the verdict if there is no token
 * @throws NoAnswer of the request itself
 */
export async function sessionToken(
  { cache, now }: Pick<Tools, "cache" | "now">,
  { key, get, use, isRefused }: TokenUse,
): Promise<ChannelResponse | Verdict> {
  const state = stateOf(cache, key);
  const fetchedBefore = state.fetched;
  let last: ChannelResponse | undefined;
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    const known = await keptToken(cache, key, state);
    if (known === undefined && last !== undefined && state.fetched > fetchedBefore) return last;
    const token = known ?? await (state.fetching ??= fetchToken());
    if (typeof token !== "string") return during("token", token);
    last = await use(token);
    if (!isRefused(last)) return last;
    state.refused.add(token);
    if (state.refused.size > MAX_REFUSED) state.refused.delete([...state.refused][0]!);
  }
  return during("token", retry("each new token is refused: somebody else fetches newer ones"));

  async function fetchToken(): Promise<string | Verdict> {
    try {
      // Another instance may have replaced it meanwhile.
      const newer = await keptToken(cache, key, state);
      if (newer !== undefined) return newer;
      const got = await get();
      if ("kind" in got) return got;
      const { token } = got;
      if (typeof token !== "string" || token === "") return retry("the vendor's answer has no token");
      await cache.set(key, token, { until: now + lifeOf(got.seconds), secret: true });
      state.fetched++;
      state.refused.delete(token); // the vendor has issued it again
      return token;
    } catch (error) {
      if (error instanceof NoAnswer) return retry(error.message);
      throw error;
    } finally {
      state.fetching = undefined;
    }
  }
}

async function keptToken(cache: Cache, key: string, { refused }: TokenState): Promise<string | undefined> {
  const token = await cache.get(key);
  return typeof token === "string" && token !== "" && !refused.has(token) ? token : undefined;
}

/** The time that a token is used, in milliseconds. */
function lifeOf(seconds: unknown): number {
  const given = Number(seconds);
  const life = Math.min(given > 0 ? given : DEFAULT_LIFE, LONGEST_LIFE) * SECOND;
  return life - Math.min(MARGIN, life / 10);
}

function stateOf(cache: Cache, key: string): TokenState {
  const ofChannel = states.get(cache) ?? new Map<string, TokenState>();
  states.set(cache, ofChannel);
  const state = ofChannel.get(key) ?? { fetched: 0, refused: new Set() };
  ofChannel.set(key, state);
  return state;
}
