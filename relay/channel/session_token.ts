import type { Verdict } from "../domain/verdict.ts";
import type { ChannelResponse, Tools } from "./tools.ts";

/** How a vendor's access token is got and used. */
export interface TokenUse {
  /** Names the account in the cache; it must not tell a secret. */
  readonly key: string;
  /** Gets a new token, and its life in seconds; or the verdict on why there is none. */
  readonly get: () => Promise<{ readonly token: string; readonly seconds: number } | Verdict>;
  /** Sends a request with the token. */
  readonly use: (token: string) => Promise<ChannelResponse>;
  /** Whether the vendor's answer says that the token is no longer valid. */
  readonly isRefused: (response: ChannelResponse) => boolean;
}

/** A token is not used in the last tenth of its life. */
const USED_LIFE = 0.9;

/**
 * Sends a request with an access token that all instances share: it is kept in the channel's cache, sealed, and replaced once
 * when the vendor refuses it.
 *
 * @returns the vendor's answer, or the verdict on why there is no token
 */
export async function sessionToken(
  { cache, now }: Pick<Tools, "cache" | "now">,
  { key, get, use, isRefused }: TokenUse,
): Promise<ChannelResponse | Verdict> {
  const fetched = async (): Promise<string | Verdict> => {
    const got = await get();
    if ("kind" in got) return got;
    await cache.set(key, got.token, { until: now + got.seconds * 1_000 * USED_LIFE, secret: true });
    return got.token;
  };
  const kept = await cache.get(key);
  const token = typeof kept === "string" && kept !== "" ? kept : await fetched();
  if (typeof token !== "string") return token;
  const response = await use(token);
  if (!isRefused(response) || token !== kept) return response;
  await cache.delete(key);
  const renewed = await fetched();
  return typeof renewed === "string" ? await use(renewed) : renewed;
}
