import { sha256Hex } from "../base/hash.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Member } from "../domain/member.ts";
import { type Path, pathText } from "./path.ts";
import { doorsSchema } from "./door_schema.ts";
import { type ItemAddress, partsOf } from "./items.ts";
import { CHANNEL_LISTS, isTree } from "./raw.ts";
import { groupSchema } from "./group_schema.ts";
import { memberSchemaWith } from "./member_schema.ts";
import { departmentSchema } from "./schema.ts";
import { fieldOf } from "./secret_endpoints.ts";
import { mapSecrets } from "./secrets_of.ts";

/** The start of a mark, which replaces a secret. */
export const MASK = "••••";

/** The options of masking. */
export interface MaskOptions {
  readonly channels: ChannelRegistry;
  /** `FENGHUO_KEY`: without it, a mark reveals nothing about the secret. */
  readonly key: string;
}

/**
 * Replaces each secret of an item by a mark. {@linkcode unmask} finds the secret by its mark, and the mark changes when the
 * secret does.
 */
export function mask(what: ItemAddress, value: unknown, options: MaskOptions): unknown {
  return mapItemSecrets(what, value, options.channels, (secret) => markOf(what, secret, options));
}

/** The secrets of an item, each once. */
export function secretsIn(what: ItemAddress, value: unknown, channels: ChannelRegistry): string[] {
  const found = new Set<string>();
  mapItemSecrets(what, value, channels, (secret) => {
    found.add(secret);
    return secret;
  });
  return [...found];
}

/** A member as everybody may see it: {@linkcode MASK} in place of each secret address. */
export function shownMember(member: Member, channels: ChannelRegistry): Member {
  return mapSecrets(memberSchemaWith(channels), member, () => MASK) as Member;
}

/** A mark that matches no secret of its field. */
export interface LostMark {
  readonly path: Path;
  readonly message: string;
}

/**
 * An item with its marks replaced by the secrets of its older state. A mark is valid only in the field of the channel that
 * its secret comes from.
 *
 * @returns Also the marks that could not be replaced.
 */
export function unmask(
  what: ItemAddress,
  value: unknown,
  old: unknown,
  options: MaskOptions,
): { value: unknown; lost: readonly LostMark[] } {
  const secretsByMark = new Map<string, ReadonlyMap<string, string>>();
  mapItemSecrets(what, old, options.channels, (secret, path) => {
    const mark = markOf(what, secret, options);
    secretsByMark.set(mark, new Map([...secretsByMark.get(mark) ?? [], [fieldOf(old, path), secret]]));
    return secret;
  });
  // Only in secret fields: a secret in any other field would be shown.
  const restored = new Map<string, string>();
  mapItemSecrets(what, value, options.channels, (text, path) => {
    const secret = secretsByMark.get(text)?.get(fieldOf(value, path));
    if (secret !== undefined) restored.set(pathText(path), secret);
    return text;
  });
  const lost: LostMark[] = [];
  const walk = (part: unknown, path: Path): unknown => {
    if (typeof part === "string" && part.startsWith(MASK)) {
      const secret = restored.get(pathText(path));
      if (secret === undefined) lost.push({ path, message: secretsByMark.has(part) ? ELSEWHERE : NOT_THERE });
      return secret ?? part;
    }
    if (Array.isArray(part)) return part.map((inner, index) => walk(inner, [...path, index]));
    if (!isTree(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner, [...path, key])]));
  };
  return { value: walk(value, []), lost };
}

const NOT_THERE = "stands for a secret that is not there; write the secret itself";
const ELSEWHERE = "stands for the secret of another field or channel; write the secret itself";

/** The secrets that an item contains in clear text, not as marks. */
export function typedIn(what: ItemAddress, value: unknown, channels: ChannelRegistry): ReadonlySet<string> {
  return new Set(secretsIn(what, value, channels).filter((secret) => !secret.startsWith(MASK)));
}

function markOf(what: ItemAddress, secret: string, { key }: MaskOptions): string {
  return MASK + sha256Hex(`${key}\n${what}\n${secret}`, 8);
}

/** Replaces each secret of an item. */
export function mapItemSecrets(
  what: ItemAddress,
  value: unknown,
  channels: ChannelRegistry,
  replace: (secret: string, path: Path) => string,
): unknown {
  const { section, id = "" } = partsOf(what);
  if (section === "departments") return mapSecrets(departmentSchema, value, replace);
  if (section === "members") return mapSecrets(memberSchemaWith(channels), value, replace);
  if (section === "defaults") return mapConfig(value, id, { channels, replace, path: [] });
  if (section === "doors") return mapSecrets(doorsSchema, value, replace);
  if (section !== "groups") return value;
  const group = mapSecrets(groupSchema, value, replace);
  if (!isTree(group)) return group;
  const lists = CHANNEL_LISTS.filter((list) => Array.isArray(group[list])).map((list) => [
    list,
    (group[list] as unknown[]).map((entry, index) => {
      if (!isTree(entry) || entry.config === undefined) return entry;
      const path = [list, index, "config"];
      const config = mapConfig(entry.config, String(entry.channel), { channels, replace, path });
      return { ...entry, config };
    }),
  ]);
  return { ...group, ...Object.fromEntries(lists) };
}

/** For a missing channel it is unknown which values are secret, so all are masked. */
function mapConfig(
  config: unknown,
  channel: string,
  { channels, replace, path }: {
    channels: ChannelRegistry;
    replace: (secret: string, path: Path) => string;
    path: Path;
  },
): unknown {
  return mapSecrets(
    channels.get(channel)?.config,
    config,
    (secret, inner) => replace(secret, [...path, ...inner]),
  );
}
