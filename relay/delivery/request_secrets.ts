import type { ChannelRequest } from "../channel.ts";

/** Names of query parameters and headers whose value lets somebody in. */
const CREDENTIAL = /token|secret|key|pass|auth|cookie|session/i;

/** Lists that were made: the same credential gives the same list, whose forms are known then. */
const MOST_KEPT = 100;
const kept = new Map<string, readonly string[]>();

/**
 * The credentials that a request carries beside those of its destination, such as a token that the vendor gave for the
 * app's secret: an answer may repeat them, too.
 */
export function secretsOfRequest(
  { url, headers = {} }: ChannelRequest,
  secrets: readonly string[],
): readonly string[] {
  const found: string[] = [];
  const queryAt = url.indexOf("?");
  if (queryAt >= 0) {
    for (const [name, value] of new URLSearchParams(url.slice(queryAt))) {
      if (CREDENTIAL.test(name)) found.push(value);
    }
  }
  for (const [name, value] of Object.entries(headers)) {
    if (CREDENTIAL.test(name)) found.push(value);
  }
  if (/^[^/?#]*\/\/[^/?#]*@/.test(url)) found.push(...userOf(url));
  const others = found.filter((value) => value.length >= 4 && !secrets.includes(value));
  return others.length === 0 ? [] : listOf(others);
}

function userOf(url: string): string[] {
  const { username = "", password = "" } = URL.parse(url) ?? {};
  return [password, `${username}:${password}`];
}

function listOf(values: readonly string[]): readonly string[] {
  const key = JSON.stringify(values);
  const list = kept.get(key) ?? values;
  kept.delete(key); // the newest stands last
  kept.set(key, list);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
  return list;
}
