/**
 * The hosts to which a channel may send: a faulty plugin, or one that takes an address from an alert, must not send the config's
 * secrets to another host.
 *
 * @module
 */
import type { Channel } from "../channel.ts";
import { matchesHost } from "../channel/host_pattern.ts";

/**
 * The reason why a channel must not send to an address; `undefined` if its definition or the destination's config
 * names the host.
 */
export function forbiddenHost(
  address: string,
  { hosts = [] }: Pick<Channel, "hosts">,
  config: unknown,
): string | undefined {
  const url = URL.parse(address);
  if (url === null) return undefined; // reported by the request itself
  const named = namedBy(config);
  if (named.has(url.host) || named.has(url.hostname)) return undefined;
  if (hosts.some((host) => matchesHost(url.host, host))) return undefined;
  return `the channel may not send to ${url.host}: name the host in the channel's hosts, or in the destination's config`;
}

const cached = new WeakMap<object, ReadonlySet<string>>();

/** The hosts that a config names, in addresses or as values of their own. */
function namedBy(config: unknown): ReadonlySet<string> {
  if (typeof config !== "object" || config === null) return new Set();
  const known = cached.get(config);
  if (known) return known;
  const hosts = new Set(textsIn(config).flatMap(hostOf));
  cached.set(config, hosts);
  return hosts;
}

/** `mail.example.com`, `10.0.0.5:8080` */
const HOST = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?$/i;

function hostOf(text: string): string[] {
  const url = /^https?:\/\//i.test(text)
    ? URL.parse(text)
    : HOST.test(text)
    ? URL.parse(`https://${text}`)
    : null;
  return url === null ? [] : [url.host];
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
