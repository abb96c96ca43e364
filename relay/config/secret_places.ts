import { canonicalJson } from "../hash.ts";
import type { ChannelRegistry } from "../registry.ts";
import type { Problem } from "./compose.ts";
import type { Tree } from "./file.ts";
import type { Address } from "./items.ts";
import { isTree } from "./raw.ts";
import { type Path, pathText } from "./path.ts";
import { mapSecrets } from "./secrets_of.ts";

/** What a field is called that says where a channel sends to, a word of it at least. */
const PLACE =
  /(^|_)(host|hostname|server|domain|port|tls|ssl|scheme|protocol|proxy|base|url|uri|endpoint|address|region|gateway)(_|$)/;

/**
 * Where a destination with this config sends to: scheme, host and port of each address in it, and each field that says so
 * by its name. Shows no secret: of an address only what stands before its path.
 */
export function placesIn(channel: string, config: unknown, channels: ChannelRegistry): string[] {
  const parsed = channels.get(channel)?.config.safeParse(config);
  const places: string[] = [];
  const walk = (value: unknown, path: readonly string[]): void => {
    if (typeof value === "object" && value !== null) {
      for (const [key, part] of Object.entries(value)) walk(part, [...path, key]);
      return;
    }
    const url = typeof value === "string" && value.includes("://") ? URL.parse(value) : null;
    const name = (path.at(-1) ?? "").replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
    if (url !== null) places.push(`${path.join(".")}: ${url.protocol}//${url.host}`);
    else if (PLACE.test(name)) places.push(`${path.join(".")}: ${value}`);
  };
  walk(parsed?.success ? parsed.data : config, []);
  return places.sort();
}

/** The field of an item's secret, wherever its destination stands in the list: a mark is for this field alone. */
export function fieldOf(item: unknown, path: Path): string {
  const [first, index, part, ...rest] = path;
  const inside = (inner: Path): string => inner.filter((key) => typeof key === "string").join(".");
  if (first !== "destinations" || part !== "config" || !isTree(item)) return inside(path);
  const destination = Array.isArray(item.destinations) ? item.destinations[Number(index)] : undefined;
  return `${isTree(destination) ? destination.channel : ""}: ${inside(rest)}`;
}

/** A secret of a channel's config, and where it is sent. */
interface Use {
  readonly what: Address;
  readonly path: Path;
  readonly secret: string;
  /** Channel, field, and places. */
  readonly way: string;
}

/**
 * Stored secrets that another configuration would send where they did not go before: an address was changed under a
 * secret that nobody wrote anew. Whoever may change the configuration need not know the secrets, and would learn them so.
 *
 * @param options `typed`: the secrets that were written with the change.
 */
export function strayedSecrets(
  { before, after, typed }: { before: Tree; after: Tree; typed: ReadonlySet<string> },
  channels: ChannelRegistry,
): Problem[] {
  const old = usesIn(before, channels);
  const stored = new Set(old.map(({ secret }) => secret));
  const ways = new Set(old.map(({ secret, way }) => `${secret}\n${way}`));
  const strayed = usesIn(after, channels).filter(({ secret, way }) =>
    stored.has(secret) && !typed.has(secret) && !ways.has(`${secret}\n${way}`)
  );
  return strayed.map(({ what, path }) => ({ what, path: pathText(path), message: STRAYED }));
}

/** Of a stored secret that would go to another place. */
export const STRAYED =
  "would send a stored secret to another scheme, host or port than before; write the secret itself";

function usesIn(tree: Tree, channels: ChannelRegistry): Use[] {
  const defaults = isTree(tree.defaults) ? tree.defaults : {};
  const groups = Array.isArray(tree.groups) ? tree.groups : [];
  return [
    ...Object.entries(defaults).flatMap(([channel, config]) =>
      usesOf({ channel, config, what: `defaults/${channel}`, pathOf: (path) => path }, channels)
    ),
    ...groups.flatMap((group) => {
      if (!isTree(group) || !Array.isArray(group.destinations)) return [];
      return group.destinations.flatMap((destination: unknown, index) => {
        if (!isTree(destination)) return [];
        const channel = String(destination.channel);
        const own = isTree(destination.config) ? destination.config : {};
        const shared = Object.hasOwn(defaults, channel) ? defaults[channel] : undefined;
        const config = { ...isTree(shared) ? shared : {}, ...own };
        const here: Path = ["destinations", index, "config"];
        const pathOf = (path: Path): Path => Object.hasOwn(own, String(path[0])) ? [...here, ...path] : here;
        return usesOf({ channel, config, what: `groups/${group.owner}/${group.level}`, pathOf }, channels);
      });
    }),
  ];
}

function usesOf(
  { channel, config, what, pathOf }: {
    channel: string;
    config: unknown;
    what: Address;
    pathOf: (path: Path) => Path;
  },
  channels: ChannelRegistry,
): Use[] {
  const places = placesIn(channel, config, channels);
  const uses: Use[] = [];
  mapSecrets(channels.get(channel)?.config, config, (secret, path) => {
    const field = path.filter((key) => typeof key === "string").join(".");
    uses.push({ what, path: pathOf(path), secret, way: canonicalJson([channel, field, places]) });
    return secret;
  });
  return uses;
}
