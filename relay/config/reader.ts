import type { z } from "zod";
import type { Member } from "../channel.ts";
import { type Complaint, issuesOf, ONCE, unknownKey, unknownKeys } from "./complaint.ts";
import { type Path, pathText } from "./path.ts";
import type { Config, RobotDoor } from "./config.ts";
import type { Tree } from "./file.ts";
import { destinationSchema, groupSchema } from "./group_schema.ts";
import { memberSchema, ruleSchema } from "./schema.ts";
import { fileSchema, type FileValues, isSection, SECTION_NAMES, type SectionName } from "./sections.ts";
import {
  calledHeartbeatsOf,
  departmentsOf,
  drillOf,
  heartbeatsOf,
  ocpRulesOf,
  retentionOf,
  severitiesOf,
} from "./section_values.ts";
import { readFallbacks } from "./fallbacks.ts";
import { type DestinationSource, makeDestination } from "./destination.ts";
import { readDuty } from "./duty.ts";
import { labelRules } from "../message/labels.ts";
import { DEFAULT_FLAP } from "../domain/flap.ts";
import { ADHOC_OWNER, DEFAULT_GROUP, DEFAULT_REPEAT, type Destination, type Group } from "../domain/group.ts";
import { isTree, textAt, valueAt } from "./raw.ts";
import { didYouMean } from "../base/nearest.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import { PatternBudget, within } from "../base/pattern.ts";
import { isWithin, reachOf } from "../domain/reach.ts";
import { rulesBeyond, tooFar } from "./reach.ts";
import type { Rule } from "../domain/rules.ts";
import { Remembered } from "./remembered.ts";
import type { EnvironmentConfig, Secrets } from "./settings.ts";
import { DAY, MINUTE } from "../base/duration.ts";

/** The configuration of the file. */
export type FileConfig = Omit<Config, keyof EnvironmentConfig | keyof Secrets | "kv" | "deploy" | "file">;

type GroupFields = Pick<z.output<typeof groupSchema>, "aliases" | "robot_token" | "robot_secret">;

/** A group without its destinations, which are read one by one. */
const groupFields = groupSchema.omit({ destinations: true });

/** The parsed entries of lists without mistakes, by schema. */
const entries = new WeakMap<z.ZodType, Remembered<unknown>>();

const destinations = new Remembered<Destination>();

/** Names that are searched for suggestions, at most: in a large configuration with many mistakes it would take minutes. */
const MAX_SEARCHED = 200_000;

/** The maximum number of instructions of all rules' patterns together: 0.2 s of a start, and 40 MB. */
const MAX_RULES_INSTRUCTIONS = 100_000;

/** Reads the sections of the file one by one, so that a fault in one does not hide a fault in another. */
export class FileReader {
  readonly #tree: Tree;
  readonly #environment: EnvironmentConfig;
  readonly #channels: ChannelRegistry;
  readonly #complaints: Complaint[] = [];
  readonly #members = new Map<string, Member>();
  readonly #groups = new Map<string, Group>();
  /** Includes groups with mistakes: a reference to one is not a second mistake. */
  readonly #memberIds = new Set<string>();
  readonly #groupIds = new Set<string>([DEFAULT_GROUP]);
  readonly #robots: RobotDoor[] = [];
  readonly #robotTokens = new Set<string>();
  readonly #aliases = new Map<string, string>();
  #searched = 0;

  constructor(
    tree: Tree,
    { environment, channels }: { environment: EnvironmentConfig; channels: ChannelRegistry },
  ) {
    this.#tree = tree;
    this.#environment = environment;
    this.#channels = channels;
  }

  read(): { values: FileConfig; complaints: readonly Complaint[] } {
    return within(new PatternBudget(MAX_RULES_INSTRUCTIONS), () => this.#read());
  }

  #read(): { values: FileConfig; complaints: readonly Complaint[] } {
    for (const [name, value] of Object.entries(this.#tree)) {
      if (!isSection(name)) this.#complaints.push(unknownKey(name, new Set(SECTION_NAMES), [name]));
      else if (!LISTS.has(name)) this.#complaints.push(...unknownKeys(fileSchema.shape[name], value, [name]));
    }
    this.#readMembers();
    const defaults = this.#readDefaults();
    this.#readGroups();
    const values = {
      members: this.#members,
      groups: this.#groups,
      rules: this.#readRules(),
      departments: departmentsOf(this.#section("departments")),
      ocpRules: ocpRulesOf(this.#section("ocp")),
      severities: severitiesOf(
        this.#section("severities"),
        (spelling) => this.#complain(["severities", spelling], "is there already, in other letters"),
      ),
      links: this.#section("links") ?? [],
      ignoreLabels: new Set(this.#section("ignore_labels")),
      labelRules: labelRules({
        where: this.#section("where_labels"),
        hide: this.#section("hide_labels"),
      }),
      heartbeats: heartbeatsOf(this.#section("heartbeat")),
      calledHeartbeats: calledHeartbeatsOf(this.#section("heartbeats"), {
        groups: this.#groupIds,
        complain: (path, message) => this.#complain(["heartbeats", ...path], message),
      }),
      drill: drillOf(this.#section("drill"), {
        timezone: this.#environment.timezone,
        groups: this.#groups.values(),
        complain: (path, message) => this.#complain(["drill", ...path], message),
      }),
      robots: this.#robots,
      aliases: this.#aliases,
      defaults,
      allowedTargets: new Set(this.#section("allowed_targets")),
      staleAfter: this.#section("stale_after") ?? DAY,
      retention: retentionOf(this.#section("retention")),
    };
    return { values, complaints: this.#complaints };
  }

  #readMembers(): void {
    for (const [index, raw] of this.#list(this.#tree.members, ["members"]).entries()) {
      const path = ["members", index];
      const id = textAt(raw, "id");
      if (id !== undefined) {
        if (this.#memberIds.has(id)) this.#complain([...path, "id"], `there is already a member "${id}"`);
        this.#memberIds.add(id);
      }
      const member = this.#entry(memberSchema, raw, path);
      if (member !== undefined) this.#members.set(member.id, member);
    }
  }

  #readDefaults(): Config["defaults"] {
    const defaults = this.#section("defaults") ?? {};
    const names = [...this.#channels.names(), ...this.#channels.broken.keys()];
    for (const name of Object.keys(defaults)) {
      if (!names.includes(name)) {
        this.#complain(["defaults", name], `there is no channel "${name}"${didYouMean(name, names)}`);
      }
      this.#checkDefaults(name, defaults[name]!);
    }
    return new Map(Object.entries(defaults));
  }

  /** Invalid values are reported even if no destination uses them; missing ones are not, because destinations may set them. */
  #checkDefaults(name: string, values: Readonly<Record<string, unknown>>): void {
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    const path = ["defaults", name];
    this.#complaints.push(...unknownKeys(channel.config, values, path));
    const isWanted = ([key]: Path): boolean => key !== undefined && Object.hasOwn(values, key);
    this.#complaints.push(...issuesOf(channel.config, values, path, { isWanted }));
  }

  #readGroups(): void {
    const declared = this.#list(this.#tree.groups, ["groups"]);
    const isDefault = (raw: unknown): boolean => groupIdOf(raw) === DEFAULT_GROUP;
    if (!declared.some(isDefault)) this.#addDefaultGroup();
    const seen = new Set<string>();
    for (const [index, raw] of declared.entries()) {
      const path = ["groups", index];
      const id = groupIdOf(raw);
      if (id !== undefined) {
        if (seen.has(id)) this.#complain(path, `there is already a group "${id}"`);
        seen.add(id);
        this.#groupIds.add(id);
      }
      this.#readGroup(raw, path);
    }
  }

  #readGroup(raw: unknown, path: Path): void {
    const fields = this.#entry(groupFields, raw, path, groupSchema);
    const id = groupIdOf(raw) ?? "";
    const destinations = this.#readDestinations(valueAt(raw, "destinations"), id, [...path, "destinations"]);
    this.#checkMembers(valueAt(raw, "members"), [...path, "members"]);
    if (fields === undefined) return;
    const { owner, level, members = [], window = 5 * MINUTE, repeat = DEFAULT_REPEAT, locale, timezone } =
      fields;
    if (owner === ADHOC_OWNER) this.#complain([...path, "owner"], `"${owner}" is taken by Fenghuo itself`);
    this.#readNames(fields, id, path);
    const group: Group = {
      ...readDuty(fields, {
        byId: this.#members,
        complain: (inner, message) => this.#complain([...path, ...inner], message),
      }),
      id,
      owner,
      level,
      members: [...new Set(members)].flatMap((member) => this.#members.get(member) ?? []),
      destinations,
      window,
      repeat,
      locale: locale ?? this.#environment.locale,
      timezone: timezone ?? this.#environment.timezone,
    };
    if (!isWithin([group])) this.#complain([...path, "destinations"], tooFar(reachOf([group])));
    this.#groups.set(id, group);
  }

  /** Checked even if other fields of the group are invalid, so that all mistakes are reported at once. */
  #checkMembers(raw: unknown, path: Path): void {
    for (const [index, item] of (Array.isArray(raw) ? raw : []).entries()) {
      if (typeof item !== "string" && typeof item !== "number") continue;
      const member = String(item);
      if (this.#memberIds.has(member)) continue;
      this.#complain(
        [...path, index],
        `there is no member "${member}"${this.#didYouMean(member, this.#memberIds)}`,
      );
    }
  }

  /** The other identifiers of a group: each must be unique. */
  #readNames({ aliases = [], robot_token = [], robot_secret }: GroupFields, group: string, path: Path): void {
    for (const [index, alias] of aliases.entries()) {
      if (this.#aliases.has(alias)) {
        this.#complain([...path, "aliases", index], `there is already a group with the alias "${alias}"`);
      }
      this.#aliases.set(alias, group);
    }
    for (const token of [robot_token].flat()) {
      if (this.#robotTokens.has(token)) {
        this.#complain([...path, "robot_token"], "is there already; each token stands for one group");
      }
      this.#robotTokens.add(token);
      this.#robots.push({ token, secret: robot_secret, group });
    }
    if (robot_secret !== undefined && robot_token.length === 0) {
      this.#complain([...path, "robot_secret"], "is of no use without robot_token");
    }
  }

  #readDestinations(raw: unknown, group: string, path: Path): Destination[] {
    const names = new Set<string>();
    const fallbacks = readFallbacks(raw, (inner, message) => this.#complain([...path, ...inner], message));
    return this.#list(raw, path).flatMap((item, index) => {
      const here = [...path, index];
      const fields = this.#entry(destinationSchema, item, here);
      if (fields === undefined) return [];
      const { channel, name = channel, config = {}, limits, timeout, fallback, fallback_after } = fields;
      if (names.has(name)) {
        const message =
          `there is already a destination "${name}" in this group; give one of them another name`;
        this.#complain([...here, "name"], message);
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
    const defaults = valueAt(this.#tree.defaults, channel);
    const dependsOn = [id, isFallback, defaults, this.#channels.get(channel)];
    const known = destinations.get(raw, dependsOn);
    if (known) return [known];
    const made = makeDestination(
      { ...source, defaults: isTree(defaults) ? defaults : {}, defaultsPath: ["defaults", channel] },
      this.#channels,
    );
    if ("destination" in made) return [destinations.set(raw, made.destination, dependsOn)];
    this.#complaints.push(...made.complaints);
    return [];
  }

  /** The built-in default: the inbox stores alerts that no other destination gets. */
  #addDefaultGroup(): void {
    const [owner = "", level = ""] = DEFAULT_GROUP.split("/");
    const { locale, timezone } = this.#environment;
    const name = "inbox";
    const source = {
      id: `${DEFAULT_GROUP}/${name}`,
      name,
      channel: name,
      config: {},
      path: ["defaults", name],
    };
    const there = this.#channels.get(name) !== undefined || this.#channels.broken.has(name);
    const destinations = there ? this.#destination(undefined, source) : [];
    this.#groups.set(DEFAULT_GROUP, {
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

  #readRules(): Rule[] {
    const rules = this.#list(this.#tree.rules, ["rules"]).flatMap((raw, index) => {
      this.#complaints.push(...unknownKeys(ruleSchema, raw, ["rules", index]));
      const rule = this.#parse(ruleSchema, raw, ["rules", index]); // each time: all of them share a budget
      const group = textAt(raw, "group");
      if (group !== undefined && !this.#groupIds.has(group)) {
        const message = `there is no group "${group}"${didYouMean(group, this.#groupIds)}`;
        this.#complain(["rules", index, "group"], message);
      }
      if (rule === undefined) return [];
      return [{ matchers: rule.match.flat(), group: rule.group }];
    });
    if (this.#complaints.length > 0) return rules;
    for (const { rule, message } of rulesBeyond(rules, this.#groups)) {
      this.#complain(["rules", rule], message);
    }
    return rules;
  }

  /** A section that is parsed as a whole; `undefined` if it is missing or has a mistake. */
  #section<K extends SectionName>(name: K): FileValues[K] | undefined {
    if (this.#tree[name] === undefined) return undefined;
    const schema = fileSchema.shape[name] as unknown as z.ZodType<FileValues[K]>;
    return this.#parse(schema, this.#tree[name], [name]);
  }

  #list(value: unknown, path: Path): readonly unknown[] {
    if (value === undefined) return [];
    if (Array.isArray(value)) return value;
    this.#complain(path, "must be a list");
    return [];
  }

  /**
   * Parses an entry of a list, and complains about keys that `known` does not have. An entry without mistakes is not parsed
   * again while it is there.
   */
  #entry<S extends z.ZodType>(
    schema: S,
    raw: unknown,
    path: Path,
    known: z.ZodType = schema,
  ): z.output<S> | undefined {
    let parsed = entries.get(schema);
    if (!parsed) entries.set(schema, parsed = new Remembered());
    const before = parsed.get(raw);
    if (before !== undefined) return before as z.output<S>;
    const unknown = unknownKeys(known, raw, path);
    this.#complaints.push(...unknown);
    const value = this.#parse(schema, raw, path);
    return value === undefined || unknown.length > 0 ? value : parsed.set(raw, value) as z.output<S>;
  }

  #didYouMean(wanted: string, names: ReadonlySet<string>): string {
    this.#searched += names.size;
    return this.#searched > MAX_SEARCHED ? "" : didYouMean(wanted, names);
  }

  #parse<S extends z.ZodType>(schema: S, value: unknown, path: Path): z.output<S> | undefined {
    const result = schema.safeParse(value, ONCE);
    if (result.success) return result.data;
    this.#complaints.push(...issuesOf(schema, value, path));
    return undefined;
  }

  #complain(path: Path, message: string): void {
    this.#complaints.push({ path: pathText(path), message });
  }
}

/** The sections whose entries are checked one by one. */
const LISTS: ReadonlySet<string> = new Set(["members", "groups", "rules"]);

function groupIdOf(raw: unknown): string | undefined {
  const owner = textAt(raw, "owner");
  const level = textAt(raw, "level");
  return owner === undefined || level === undefined ? undefined : `${owner}/${level}`;
}
