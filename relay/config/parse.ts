import { conceal } from "../redaction/redact.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Complaint } from "./complaint.ts";
import type { Config } from "./config.ts";
import { interpolate, readYaml, type Tree } from "./file.ts";
import { loadChannels } from "./member_schema.ts";
import { type FileConfig, FileReader } from "./reader.ts";
import { type ReadBeside, readTableFiles } from "./table_file.ts";
import { withSecretFiles } from "./secret_files.ts";
import { type Environment, readEnvironment, readSecrets, type Secrets, settings } from "./settings.ts";

/** The sources of a configuration. */
export interface ConfigSource {
  readonly env: Environment;
  /** The text of fenghuo.yaml. */
  readonly yaml?: string | undefined;
  readonly yamlPath?: string | undefined;
  /** The secrets that a local start generated; used for those that the environment lacks. */
  readonly secrets?: Partial<Secrets> | undefined;
  readonly channels: ChannelRegistry;
  /** Reads a file in the folder of fenghuo.yaml. Without it, the configuration can name none. */
  readonly beside?: ReadBeside | undefined;
}

/** A shorter value of the environment may occur in a message by chance. */
const REDACTED_CHARS = 6;

/** Parses the configuration, or returns all its complaints at once. */
export async function parseConfig(
  { env: variables, yaml, yamlPath = "fenghuo.yaml", secrets: generated, channels, beside }: ConfigSource,
): Promise<{ ok: true; config: Config } | { ok: false; complaints: readonly Complaint[] }> {
  const { env, complaints: unread } = await withSecretFiles(variables, { yaml });
  const early = settings(env);
  const { deploy, kv } = early.settings;
  const { environment, complaints: wrongInEnvironment } = readEnvironment(env);
  const { secrets, complaints: missing } = readSecrets(env, generated, { deploy });
  const complaints = [...unread, ...early.complaints, ...wrongInEnvironment, ...missing];

  const read = yaml === undefined ? { tree: {} } : await readYaml(yaml, yamlPath);
  if ("complaint" in read) return { ok: false, complaints: [...complaints, read.complaint] };
  const { tree, complaints: unset, used } = interpolate(read.tree, env);
  await loadChannels(tree, channels);
  const tables = await readTableFiles(tree, beside);
  const file = new FileReader(tree, { environment, channels, tables }).read();
  const wrongInFile = [
    ...unset,
    ...file.complaints.filter(({ path }) => !unset.some((other) => other.path === path)),
  ];
  complaints.push(...unique(wrongInFile).map((complaint) => redacted(complaint, used)));
  if (complaints.length > 0) return { ok: false, complaints };

  return {
    ok: true,
    config: assemble({ ...environment, ...secrets, kv, deploy, tables }, file.values, tree),
  };
}

/** Assembles the whole configuration. The values of the file's sections replace those of `base`. */
export function assemble(
  base: Omit<Config, keyof FileConfig | "file">,
  values: FileConfig,
  file: Tree,
): Config {
  // Without a configuration, alarm_v2 has one department, whose secret is the intake token.
  const builtIn = new Map([["default", { name: "default", secrets: [base.intakeToken] }]]);
  const departments = values.departments.size === 0 ? builtIn : values.departments;
  return { ...base, ...values, departments, file };
}

/** Removes repeated complaints: a fault of the defaults is found at every destination. */
function unique(complaints: readonly Complaint[]): Complaint[] {
  return [...new Map(complaints.map((complaint) => [JSON.stringify(complaint), complaint])).values()];
}

/** A value of the environment may be a secret in the wrong field, and a message may quote a part of it. */
function redacted({ path, message }: Complaint, used: ReadonlyMap<string, string>): Complaint {
  const long = [...used].filter(([, value]) => value.length >= REDACTED_CHARS);
  return {
    path,
    message: long.reduce((text, [name, value]) => conceal(text, [value], { by: `\${${name}}` }), message),
  };
}
