import type { ChannelRequest } from "../channel.ts";

/** Names of query parameters and headers whose value is a credential. */
const CREDENTIAL = /token|secret|key|pass|auth|cookie|session/i;

/** The newest lists, cached: redaction caches the spellings of secrets by the identity of their list. */
const MAX_CACHED = 100;
const cached = new Map<string, readonly string[]>();

/**
 * The credentials in a request besides those of its destination, such as an access token that the vendor issued. An answer
 * may repeat them.
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
  const list = cached.get(key) ?? values;
  cached.delete(key); // the newest comes last
  cached.set(key, list);
  if (cached.size > MAX_CACHED) cached.delete(cached.keys().next().value!);
  return list;
}
