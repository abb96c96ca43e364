import type { Member } from "../channel.ts";
import { type Complaint, issuesOf, unknownKey, unknownKeys } from "./complaint.ts";
import type { Path } from "./path.ts";
import type { Config } from "./config.ts";
import { doorsOf } from "./doors.ts";
import { enrichmentOf } from "./enrichment.ts";
import type { Tree } from "./file.ts";
import { GroupReader } from "./group_reader.ts";
import { memberSchemaWith } from "./member_schema.ts";
import { inhibitSchema, ruleSchema } from "./schema.ts";
import { fileSchema, isSection, SECTION_NAMES } from "./sections.ts";
import {
  calledHeartbeatsOf,
  departmentsOf,
  drillOf,
  heartbeatsOf,
  ocpRulesOf,
  retentionOf,
  severitiesOf,
} from "./section_values.ts";
import type { InhibitRule } from "../domain/inhibition.ts";
import { labelRules } from "../message/labels.ts";
import { textAt } from "./raw.ts";
import { didYouMean } from "../base/nearest.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import { PatternBudget, within } from "../base/pattern.ts";
import { rulesBeyond } from "./reach.ts";
import type { Rule } from "../domain/rules.ts";
import type { EnvironmentConfig, Secrets } from "./settings.ts";
import type { TableFiles } from "./table_file.ts";
import { TreeReader } from "./tree_reader.ts";
import { DAY, MINUTE } from "../base/duration.ts";

/** The configuration of the file. */
export type FileConfig = Omit<
  Config,
  keyof EnvironmentConfig | keyof Secrets | "kv" | "deploy" | "file" | "tables"
>;

/** The maximum number of instructions of all rules' patterns together: 0.2 s of a start, and 40 MB. */
const MAX_RULES_INSTRUCTIONS = 100_000;

/** Reads the sections of the file one by one, so that a fault in one does not hide a fault in another. */
export class FileReader {
  readonly #reader: TreeReader;
  readonly #environment: EnvironmentConfig;
  readonly #channels: ChannelRegistry;
  readonly #tables: TableFiles;
  readonly #members = new Map<string, Member>();
  /** Includes members with mistakes: a reference to one is not a second mistake. */
  readonly #memberIds = new Set<string>();
  readonly #groupReader: GroupReader;

  constructor(
    tree: Tree,
    { environment, channels, tables }: {
      environment: EnvironmentConfig;
      channels: ChannelRegistry;
      /** The files that the section `enrich` names. */
      tables: TableFiles;
    },
  ) {
    this.#reader = new TreeReader(tree);
    this.#environment = environment;
    this.#channels = channels;
    this.#tables = tables;
    this.#groupReader = new GroupReader(this.#reader, {
      environment,
      channels,
      members: this.#members,
      memberIds: this.#memberIds,
    });
  }

  read(): { values: FileConfig; complaints: readonly Complaint[] } {
    return within(new PatternBudget(MAX_RULES_INSTRUCTIONS), () => this.#read());
  }

  #read(): { values: FileConfig; complaints: readonly Complaint[] } {
    for (const [name, value] of Object.entries(this.#reader.tree)) {
      if (!isSection(name)) this.#reader.complaints.push(unknownKey(name, new Set(SECTION_NAMES), [name]));
      else if (!LISTS.has(name)) {
        this.#reader.complaints.push(...unknownKeys(fileSchema.shape[name], value, [name]));
      }
    }
    this.#readMembers();
    const defaults = this.#readDefaults();
    this.#groupReader.read();
    const values = {
      members: this.#members,
      groups: this.#groupReader.groups,
      rules: this.#readRules(),
      inhibit: this.#readInhibit(),
      enrich: enrichmentOf(this.#reader.section("enrich"), {
        files: this.#tables,
        complain: (path, message) => this.#reader.complain(["enrich", ...path], message),
      }),
      departments: departmentsOf(this.#reader.section("departments")),
      ocpRules: ocpRulesOf(this.#reader.section("ocp")),
      severities: severitiesOf(
        this.#reader.section("severities"),
        (spelling) => this.#reader.complain(["severities", spelling], "is there already, in other letters"),
      ),
      links: this.#reader.section("links") ?? [],
      ignoreLabels: new Set(this.#reader.section("ignore_labels")),
      labelRules: labelRules({
        where: this.#reader.section("where_labels"),
        hide: this.#reader.section("hide_labels"),
      }),
      heartbeats: heartbeatsOf(this.#reader.section("heartbeat")),
      calledHeartbeats: calledHeartbeatsOf(this.#reader.section("heartbeats"), {
        groups: this.#groupReader.ids,
        complain: (path, message) => this.#reader.complain(["heartbeats", ...path], message),
      }),
      drill: drillOf(this.#reader.section("drill"), {
        timezone: this.#environment.timezone,
        groups: this.#groupReader.groups.values(),
        complain: (path, message) => this.#reader.complain(["drill", ...path], message),
      }),
      robots: this.#groupReader.robots,
      doors: doorsOf(this.#reader.section("doors"), {
        timezone: this.#environment.timezone,
        groups: this.#groupReader.ids,
        complain: (path, message) => this.#reader.complain(["doors", ...path], message),
      }),
      aliases: this.#groupReader.aliases,
      defaults,
      allowedTargets: new Set(this.#reader.section("allowed_targets")),
      staleAfter: this.#reader.section("stale_after") ?? DAY,
      resolveTimeout: this.#reader.section("resolve_timeout") ?? 5 * MINUTE,
      retention: retentionOf(this.#reader.section("retention")),
    };
    return { values, complaints: this.#reader.complaints };
  }

  #readMembers(): void {
    const schema = memberSchemaWith(this.#channels);
    for (const [index, raw] of this.#reader.list(this.#reader.tree.members, ["members"]).entries()) {
      const path = ["members", index];
      const id = textAt(raw, "id");
      if (id !== undefined) {
        if (this.#memberIds.has(id)) {
          this.#reader.complain([...path, "id"], `there is already a member "${id}"`);
        }
        this.#memberIds.add(id);
      }
      const member = this.#reader.entry(schema, raw, path);
      if (member !== undefined) this.#members.set(member.id, member);
    }
  }

  #readDefaults(): Config["defaults"] {
    const defaults = this.#reader.section("defaults") ?? {};
    const names = [...this.#channels.names(), ...this.#channels.broken.keys()];
    for (const name of Object.keys(defaults)) {
      if (!names.includes(name)) {
        this.#reader.complain(["defaults", name], `there is no channel "${name}"${didYouMean(name, names)}`);
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
    this.#reader.complaints.push(...unknownKeys(channel.config, values, path));
    const isWanted = ([key]: Path): boolean => key !== undefined && Object.hasOwn(values, key);
    this.#reader.complaints.push(...issuesOf(channel.config, values, path, { isWanted }));
  }

  #readInhibit(): InhibitRule[] {
    return this.#reader.list(this.#reader.tree.inhibit, ["inhibit"]).flatMap((raw, index) => {
      const path = ["inhibit", index];
      this.#reader.complaints.push(...unknownKeys(inhibitSchema, raw, path));
      const rule = this.#reader.parse(inhibitSchema, raw, path); // not remembered, as the rules
      return rule
        ? [{ source: rule.source.flat(), target: rule.target.flat(), equal: rule.equal ?? [] }]
        : [];
    });
  }

  #readRules(): Rule[] {
    const rules = this.#reader.list(this.#reader.tree.rules, ["rules"]).flatMap((raw, index) => {
      this.#reader.complaints.push(...unknownKeys(ruleSchema, raw, ["rules", index]));
      const rule = this.#reader.parse(ruleSchema, raw, ["rules", index]); // not remembered: the patterns of all rules share a budget
      const group = textAt(raw, "group");
      if (group !== undefined && !this.#groupReader.ids.has(group)) {
        const message = `there is no group "${group}"${didYouMean(group, this.#groupReader.ids)}`;
        this.#reader.complain(["rules", index, "group"], message);
      }
      if (rule === undefined) return [];
      return [{ matchers: rule.match.flat(), group: rule.group }];
    });
    if (this.#reader.complaints.length > 0) return rules;
    for (const { rule, message } of rulesBeyond(rules, this.#groupReader.groups)) {
      this.#reader.complain(["rules", rule], message);
    }
    return rules;
  }
}

/** The sections whose entries are checked one by one. */
const LISTS: ReadonlySet<string> = new Set(["members", "groups", "rules", "inhibit"]);
