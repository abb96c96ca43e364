import type { z } from "zod";
import { DEFAULT_FLAP } from "../domain/flap.ts";
import { ADHOC_OWNER, DEFAULT_GROUP, DEFAULT_REPEAT, type Destination, type Group } from "../domain/group.ts";
import { isWithin, reachOf } from "../domain/reach.ts";
import { defined } from "../base/defined.ts";
import { MINUTE } from "../base/duration.ts";
import type { Member } from "../channel.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import { withAddressSecrets } from "./address_secrets.ts";
import type { RobotDoor } from "./config.ts";
import { type DestinationSource, makeDestination } from "./destination.ts";
import { readDuty } from "./duty.ts";
import { checkEscalationGroups, readEscalation } from "./escalation.ts";
import { readFallbacks } from "./fallbacks.ts";
import { readGrouping } from "./grouping.ts";
import { destinationSchema, groupSchema } from "./group_schema.ts";
import type { Path } from "./path.ts";
import { entryAt, isTree, textAt, valueAt } from "./raw.ts";
import { tooFar } from "./reach.ts";
import { Remembered } from "./remembered.ts";
import type { EnvironmentConfig } from "./settings.ts";
import type { TreeReader } from "./tree_reader.ts";

type GroupFields = Pick<z.output<typeof groupSchema>, "aliases" | "robot_token" | typeof OF_ROBOTS[number]>;

/** The settings that have no effect without a token. */
const OF_ROBOTS = ["robot_secret", "robot_key_pattern", "robot_resolved_pattern"] as const;

/** A group without its destinations, which are read one by one. */
const groupFields = groupSchema.omit({ destinations: true });

const destinations = new Remembered<Destination>();

/** The objects that groups refer to. */
export interface GroupReaderOptions {
  readonly environment: EnvironmentConfig;
  readonly channels: ChannelRegistry;
  readonly members: ReadonlyMap<string, Member>;
  /** Includes members with mistakes. */
  readonly memberIds: ReadonlySet<string>;
}

/** Reads the groups of a configuration, with their destinations. */
export class GroupReader {
  readonly groups = new Map<string, Group>();
  /** Includes groups with mistakes: a reference to one is not a second mistake. */
  readonly ids = new Set<string>([DEFAULT_GROUP]);
  readonly robots: RobotDoor[] = [];
  readonly aliases = new Map<string, string>();
  readonly #reader: TreeReader;
  readonly #options: GroupReaderOptions;
  readonly #robotTokens = new Set<string>();

  constructor(reader: TreeReader, options: GroupReaderOptions) {
    this.#reader = reader;
    this.#options = options;
  }

  /** Reads all groups, and adds the default group unless it is declared. */
  read(): void {
    const declared = this.#reader.list(this.#reader.tree.groups, ["groups"]);
    const isDefault = (raw: unknown): boolean => groupIdOf(raw) === DEFAULT_GROUP;
    if (!declared.some(isDefault)) this.#addDefaultGroup();
    const seen = new Set<string>();
    for (const [index, raw] of declared.entries()) {
      const path = ["groups", index];
      const id = groupIdOf(raw);
      if (id !== undefined) {
        if (seen.has(id)) this.#reader.complain(path, `there is already a group "${id}"`);
        seen.add(id);
        this.ids.add(id);
      }
      this.#readGroup(raw, path);
    }
    checkEscalationGroups(this.groups, {
      ids: this.ids,
      complain: (group, inner, message) => {
        const index = declared.findIndex((raw) => groupIdOf(raw) === group);
        this.#reader.complain(["groups", index, "escalate", ...inner], message);
      },
    });
  }

  #readGroup(raw: unknown, path: Path): void {
    const fields = this.#reader.entry(groupFields, raw, path, groupSchema);
    const id = groupIdOf(raw) ?? "";
    const own = this.#readDestinations(valueAt(raw, "destinations"), id, [...path, "destinations"]);
    this.#checkMembers(valueAt(raw, "members"), [...path, "members"]);
    if (fields === undefined) return;
    const { owner, level, members = [], locale, timezone } = fields;
    const timing = readGrouping(fields, (key, message) => this.#reader.complain([...path, key], message));
    if (owner === ADHOC_OWNER) {
      this.#reader.complain([...path, "owner"], `"${owner}" is taken by Fenghuo itself`);
    }
    this.#readNames(fields, id, path);
    const people = [...new Set(members)].flatMap((member) => this.#options.members.get(member) ?? []);
    const { escalate, destinations } = this.#readEscalation(fields, { raw, id, path, own });
    const group: Group = {
      ...readDuty(fields, {
        byId: this.#options.members,
        timezone: timezone ?? this.#options.environment.timezone,
        complain: (inner, message) => this.#reader.complain([...path, ...inner], message),
      }),
      id,
      owner,
      level,
      members: people,
      destinations: withAddressSecrets(destinations, { members: people, channels: this.#options.channels }),
      ...timing,
      ...defined({ escalate }),
      locale: locale ?? this.#options.environment.locale,
      timezone: timezone ?? this.#options.environment.timezone,
    };
    if (!isWithin([group])) this.#reader.complain([...path, "destinations"], tooFar(reachOf([group])));
    this.groups.set(id, group);
  }

  /** The steps of the escalation, and all destinations: the group's own ones, and those that belong to steps. */
  #readEscalation(
    { escalate: steps, members = [] }: z.output<typeof groupFields>,
    { raw, id, path, own }: { raw: unknown; id: string; path: Path; own: readonly Destination[] },
  ): Pick<Group, "escalate" | "destinations"> {
    if (steps === undefined || steps.length === 0) return { destinations: own };
    const { members: byId, memberIds, channels } = this.#options;
    const { escalate, destinations } = readEscalation(steps, {
      group: id,
      destinations: own,
      members,
      byId,
      memberIds,
      channels,
      make: (index, source) =>
        this.#destination(entryAt(valueAt(raw, "escalate"), index), {
          ...source,
          path: [...path, "escalate", index],
        }),
      complain: (inner, message) => this.#reader.complain([...path, "escalate", ...inner], message),
    });
    return { escalate, destinations: [...own, ...destinations] };
  }

  /** Checked even if other fields of the group are invalid, so that all mistakes are reported at once. */
  #checkMembers(raw: unknown, path: Path): void {
    for (const [index, item] of (Array.isArray(raw) ? raw : []).entries()) {
      if (typeof item !== "string" && typeof item !== "number") continue;
      const member = String(item);
      if (this.#options.memberIds.has(member)) continue;
      this.#reader.complain(
        [...path, index],
        `there is no member "${member}"${this.#reader.didYouMean(member, this.#options.memberIds)}`,
      );
    }
  }

  /** The other identifiers of a group: each must be unique. */
  #readNames(fields: GroupFields, group: string, path: Path): void {
    const { aliases = [], robot_token = [], robot_secret: secret } = fields;
    const { robot_key_pattern: key, robot_resolved_pattern: resolved } = fields;
    for (const [index, alias] of aliases.entries()) {
      if (this.aliases.has(alias)) {
        this.#reader.complain(
          [...path, "aliases", index],
          `there is already a group with the alias "${alias}"`,
        );
      }
      this.aliases.set(alias, group);
    }
    for (const token of [robot_token].flat()) {
      if (this.#robotTokens.has(token)) {
        this.#reader.complain([...path, "robot_token"], "is there already; each token stands for one group");
      }
      this.#robotTokens.add(token);
      this.robots.push({ token, secret, group, patterns: { key, resolved } });
    }
    for (const name of robot_token.length === 0 ? OF_ROBOTS : []) {
      if (fields[name] === undefined) continue;
      this.#reader.complain([...path, name], "has no effect without robot_token");
    }
  }

  #readDestinations(raw: unknown, group: string, path: Path): Destination[] {
    const names = new Set<string>();
    const fallbacks = readFallbacks(
      raw,
      (inner, message) => this.#reader.complain([...path, ...inner], message),
    );
    return this.#reader.list(raw, path).flatMap((item, index) => {
      const here = [...path, index];
      const fields = this.#reader.entry(destinationSchema, item, here);
      if (fields === undefined) return [];
      const { channel, name = channel, config = {}, limits, timeout, fallback, fallback_after } = fields;
      const { proxy, ca, cert, key } = fields;
      if (names.has(name)) {
        const message =
          `there is already a destination "${name}" in this group; give one of them another name`;
        this.#reader.complain([...here, "name"], message);
      }
      names.add(name);
      return this.#destination(item, {
        id: `${group}/${name}`,
        name,
        channel,
        config,
        path: here,
        limits,
        timeout,
        network: defined({ proxy, ca, cert, key }),
        fallback: fallback === undefined ? undefined : `${group}/${fallback}`,
        fallbackAfter: fallback_after,
        isFallback: fallbacks.has(name),
      });
    });
  }

  #destination(
    raw: unknown,
    source: Omit<DestinationSource, "defaults" | "defaultsPath">,
  ): Destination[] {
    const { id, channel, isFallback } = source;
    const defaults = valueAt(this.#reader.tree.defaults, channel);
    const dependsOn = [id, isFallback, defaults, this.#options.channels.get(channel)];
    const known = destinations.get(raw, dependsOn);
    if (known) return [known];
    const made = makeDestination(
      { ...source, defaults: isTree(defaults) ? defaults : {}, defaultsPath: ["defaults", channel] },
      this.#options.channels,
    );
    if ("destination" in made) return [destinations.set(raw, made.destination, dependsOn)];
    this.#reader.complaints.push(...made.complaints);
    return [];
  }

  /** The built-in default: the inbox stores alerts that no other destination gets. */
  #addDefaultGroup(): void {
    const [owner = "", level = ""] = DEFAULT_GROUP.split("/");
    const { locale, timezone } = this.#options.environment;
    const name = "inbox";
    const source = {
      id: `${DEFAULT_GROUP}/${name}`,
      name,
      channel: name,
      config: {},
      path: ["defaults", name],
    };
    const there = this.#options.channels.get(name) !== undefined || this.#options.channels.broken.has(name);
    const destinations = there ? this.#destination(undefined, source) : [];
    this.groups.set(DEFAULT_GROUP, {
      id: DEFAULT_GROUP,
      owner,
      level,
      members: [],
      destinations,
      window: 5 * MINUTE,
      repeat: DEFAULT_REPEAT,
      flap: DEFAULT_FLAP,
      locale,
      timezone,
    });
  }
}

function groupIdOf(raw: unknown): string | undefined {
  const owner = textAt(raw, "owner");
  const level = textAt(raw, "level");
  return owner === undefined || level === undefined ? undefined : `${owner}/${level}`;
}
