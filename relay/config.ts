import type { Member } from "./channel.ts";
import type { Complaint } from "./complaint.ts";
import { interpolate, readYaml } from "./config_file.ts";
import { FileReader } from "./config_reader.ts";
import type { Group } from "./group.ts";
import type { LinkRewrite } from "./links.ts";
import type { ChannelRegistry } from "./registry.ts";
import type { Rule } from "./rules.ts";
import {
  type Environment,
  type EnvironmentConfig,
  readEnvironment,
  readSecrets,
  type Secrets,
  settings,
} from "./settings.ts";
import type { Severity } from "./severity.ts";

export { type Complaint, complaintText } from "./complaint.ts";
export { type Environment, hasSecrets, type Secrets, type Settings, settings } from "./settings.ts";

/** Everything that the relay is told before it starts. Durations are in milliseconds. */
export interface Config extends EnvironmentConfig, Secrets {
  /** A path, or the URL of a KV Connect server; `undefined` = the database that Deno Deploy assigned. */
  readonly kv: string | undefined;
  /** Whether this is Deno Deploy. */
  readonly deploy: boolean;
  /** By `owner/level`. The default group is always there. */
  readonly groups: ReadonlyMap<string, Group>;
  readonly rules: readonly Rule[];
  readonly links: readonly LinkRewrite[];
  /** alarm_v2's senders, by `dep`. */
  readonly departments: ReadonlyMap<string, Department>;
  /** By id. */
  readonly members: ReadonlyMap<string, Member>;
  readonly ocpRules: OcpRules;
  /** Extra spellings, in lower case. */
  readonly severities: ReadonlyMap<string, Severity>;
  /** Alertmanager's labels that are left out of the fingerprint. */
  readonly ignoreLabels: ReadonlySet<string>;
  /** When a silent incident is closed. */
  readonly staleAfter: number;
  readonly retention: { readonly alerts: number; readonly dead: number };
}

/** What OCP would know of an alarm from its rule. Durations are in milliseconds. */
export interface OcpRules {
  /** An alarm that is not pushed again for so long is over. */
  readonly clearAfter: number;
  readonly byType: ReadonlyMap<
    string,
    { readonly name?: string | undefined; readonly level?: number | undefined; readonly clearAfter?: number }
  >;
}

/** A sender of alarm_v2. */
export interface Department {
  readonly name: string;
  /** Any of them signs: one takes over from another. */
  readonly secrets: readonly string[];
}

/** What a configuration is made from. */
export interface ConfigSource {
  readonly env: Environment;
  /** The text of fenghuo.yaml. */
  readonly yaml?: string | undefined;
  readonly yamlPath?: string | undefined;
  /** What a local start made and kept; used where the environment has none. */
  readonly secrets?: Partial<Secrets> | undefined;
  readonly channels: ChannelRegistry;
}

/** A shorter value of the environment may stand in a message by chance. */
const REDACTED_CHARS = 6;

/** The configuration, or everything that is wrong with it at once. */
export async function parseConfig(
  { env, yaml, yamlPath = "fenghuo.yaml", secrets: kept, channels }: ConfigSource,
): Promise<{ ok: true; config: Config } | { ok: false; complaints: readonly Complaint[] }> {
  const early = settings(env);
  const { deploy, kv } = early.settings;
  const { environment, complaints: wrongInEnvironment } = readEnvironment(env);
  const { secrets, complaints: missing } = readSecrets(env, kept, { deploy });
  const complaints = [...early.complaints, ...wrongInEnvironment, ...missing];

  const read = yaml === undefined ? { tree: {} } : await readYaml(yaml, yamlPath);
  if ("complaint" in read) return { ok: false, complaints: [...complaints, read.complaint] };
  const { tree, complaints: unset, used } = interpolate(read.tree, env);
  const file = new FileReader(tree, { environment, channels }).read();
  const wrongInFile = [
    ...unset,
    ...file.complaints.filter(({ path }) => !unset.some((other) => other.path === path)),
  ];
  complaints.push(...unique(wrongInFile).map((complaint) => redacted(complaint, used)));
  if (complaints.length > 0) return { ok: false, complaints };

  // Before anything is configured, alarm_v2 has one department, whose secret is the token that every local start has.
  const builtIn = new Map([["default", { name: "default", secrets: [secrets.intakeToken] }]]);
  const departments = file.values.departments.size === 0 ? builtIn : file.values.departments;
  return { ok: true, config: { ...environment, ...secrets, kv, deploy, ...file.values, departments } };
}

/** What the defaults have wrong is found at every destination, and said once. */
function unique(complaints: readonly Complaint[]): Complaint[] {
  return [...new Map(complaints.map((complaint) => [JSON.stringify(complaint), complaint])).values()];
}

/** A name that came from the environment may be a secret in the wrong place. */
function redacted({ path, message }: Complaint, used: ReadonlyMap<string, string>): Complaint {
  const long = [...used].filter(([, value]) => value.length >= REDACTED_CHARS);
  return {
    path,
    message: long.reduce((text, [name, value]) => text.replaceAll(value, () => `\${${name}}`), message),
  };
}
