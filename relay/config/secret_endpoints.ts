import { canonicalJson } from "../base/hash.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Problem } from "./compose.ts";
import type { Tree } from "./file.ts";
import type { ItemAddress } from "./items.ts";
import { channelEntries, channelEntryAt, isTree, valueAt } from "./raw.ts";
import { proxyOf } from "./network.ts";
import { type Path, pathText } from "./path.ts";
import { mapSecrets } from "./secrets_of.ts";

/** A field whose name contains one of these words is an endpoint. */
const ENDPOINT_FIELD =
  /(^|_)(host|hostname|server|domain|port|tls|ssl|scheme|protocol|proxy|base|url|uri|endpoint|address|region|gateway)(_|$)/;

/**
 * The endpoints of a destination's config: the scheme, host and port of each URL, and each field with an endpoint's
 * name. Contains no secret: URLs are without their paths.
 */
export function endpointsIn(channel: string, config: unknown, channels: ChannelRegistry): string[] {
  const parsed = channels.get(channel)?.config.safeParse(config);
  const endpoints: string[] = [];
  const walk = (value: unknown, path: readonly string[]): void => {
    if (typeof value === "object" && value !== null) {
      for (const [key, part] of Object.entries(value)) walk(part, [...path, key]);
      return;
    }
    const url = typeof value === "string" && value.includes("://") ? URL.parse(value) : null;
    const name = (path.at(-1) ?? "").replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
    if (url !== null) endpoints.push(`${path.join(".")}: ${url.protocol}//${url.host}`);
    else if (ENDPOINT_FIELD.test(name)) endpoints.push(`${path.join(".")}: ${value}`);
  };
  walk(parsed?.success ? parsed.data : config, []);
  return endpoints.sort();
}

/** The field of an item's secret, independent of its destination's index. A mark is valid in this field only. */
export function fieldOf(item: unknown, path: Path): string {
  const [, , part, ...rest] = path;
  const inside = (inner: Path): string => inner.filter((key) => typeof key === "string").join(".");
  const entry = channelEntryAt(item, path);
  return entry && part === "config" ? `${entry.channel ?? ""}: ${inside(rest)}` : inside(path);
}

/** A secret in a channel's config, and the endpoints that it is sent to. */
interface SecretUse {
  readonly what: ItemAddress;
  readonly path: Path;
  readonly secret: string;
  /** Channel, field and endpoints, as one text. */
  readonly sentTo: string;
  /** The proxy through which it is sent. */
  readonly proxy: string | undefined;
}

/**
 * The stored secrets that a change would send to a new endpoint, because it changes an address and keeps the secret. An
 * operator may change the configuration without seeing its secrets, and must not learn them this way.
 *
 * @param options `typed`: the secrets that the change contains in clear text.
 */
export function redirectedSecrets(
  { before, after, typed }: { before: Tree; after: Tree; typed: ReadonlySet<string> },
  channels: ChannelRegistry,
): Problem[] {
  const sentBefore = new Set(usesIn(before, channels, changedUses(after, before)).flatMap(namesOf));
  const suspects = usesIn(after, channels, changedUses(before, after))
    .filter((use) => !typed.has(use.secret) && !sentBefore.has(nameOf(use)));
  if (suspects.length === 0) return [];
  const old = usesIn(before, channels); // the secret may have been sent there by another item
  const stored = new Set(old.map(({ secret }) => secret));
  const oldUses = new Set(old.flatMap(namesOf));
  const redirected = suspects.filter((use) => stored.has(use.secret) && !oldUses.has(nameOf(use)));
  return redirected.map(({ what, path }) => ({ what, path: pathText(path), message: REDIRECTED }));
}

function nameOf({ secret, sentTo, proxy = "" }: SecretUse): string {
  return `${secret}\n${sentTo}\n${proxy}`;
}

/** A secret that was sent through a proxy may also be sent without one. */
function namesOf(use: SecretUse): string[] {
  return [nameOf(use), nameOf({ ...use, proxy: undefined })];
}

const REDIRECTED =
  "would send a stored secret to another scheme, host or port, or through another proxy; write the secret itself";

/** The groups and the defaults of channels that may send to other addresses than before: most are the same objects. */
interface ChangedUses {
  defaults(channel: string): boolean;
  group(group: unknown): boolean;
}

function changedUses(before: Tree, after: Tree): ChangedUses {
  const [old, fresh] = [before.defaults, after.defaults].map((one) => isTree(one) ? one : {}) as [Tree, Tree];
  const same = new Set(Array.isArray(before.groups) ? before.groups : []);
  return {
    defaults: (channel) => valueAt(old, channel) !== valueAt(fresh, channel),
    group: (group) => !same.has(group),
  };
}

const EVERYTHING: ChangedUses = { defaults: () => true, group: () => true };

function usesIn(tree: Tree, channels: ChannelRegistry, changed = EVERYTHING): SecretUse[] {
  const defaults = isTree(tree.defaults) ? tree.defaults : {};
  const groups = Array.isArray(tree.groups) ? tree.groups : [];
  return [
    ...Object.entries(defaults).filter(([channel]) => changed.defaults(channel)).flatMap((
      [channel, config],
    ) => usesOf({ channel, config, what: `defaults/${channel}`, pathOf: (path) => path }, channels)),
    ...groups.flatMap((group) => {
      if (!isTree(group)) return [];
      const isChanged = changed.group(group);
      return channelEntries(group).flatMap(({ entry, path: at }) => {
        const channel = String(entry.channel);
        if (!isChanged && !changed.defaults(channel)) return [];
        const own = isTree(entry.config) ? entry.config : {};
        const shared = Object.hasOwn(defaults, channel) ? defaults[channel] : undefined;
        const config = { ...isTree(shared) ? shared : {}, ...own };
        const here: Path = [...at, "config"];
        const pathOf = (path: Path): Path => Object.hasOwn(own, String(path[0])) ? [...here, ...path] : here;
        const what = `groups/${group.owner}/${group.level}`;
        return usesOf({ channel, config, what, proxy: proxyOf(entry), pathOf }, channels);
      });
    }),
  ];
}

function usesOf(
  { channel, config, what, proxy, pathOf }: {
    channel: string;
    config: unknown;
    what: ItemAddress;
    proxy?: string | undefined;
    pathOf: (path: Path) => Path;
  },
  channels: ChannelRegistry,
): SecretUse[] {
  const endpoints = endpointsIn(channel, config, channels);
  const uses: SecretUse[] = [];
  mapSecrets(channels.get(channel)?.config, config, (secret, path) => {
    const field = path.filter((key) => typeof key === "string").join(".");
    uses.push({
      what,
      path: pathOf(path),
      secret,
      sentTo: canonicalJson([channel, field, endpoints]),
      proxy,
    });
    return secret;
  });
  return uses;
}
