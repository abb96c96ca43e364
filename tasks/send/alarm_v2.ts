import { ChannelFaults } from "../../relay/channel/channel_faults.ts";
import { type Complaint, complaintText, type Department, type Environment } from "../../relay/config/mod.ts";
import { decodeFile, interpolate, readYaml, type Tree } from "../../relay/config/file.ts";
import { FileReader } from "../../relay/config/reader.ts";
import type { ChannelRegistry } from "../../relay/channel/registry.ts";
import { readEnvironment, settings } from "../../relay/config/settings.ts";
import { signAlarmV2 } from "../../relay/domain/signature.ts";
import { formatTime } from "../../relay/base/time.ts";
import { pairsOf, UsageError } from "../_task.ts";
import type { Context, Example, OptionValues, SendDialect } from "./_dialect.ts";

const HELP = `deno task send alarm_v2 [options]

Sends one signed alert to POST /alarm_v2, and prints what the answer's code means.

  --to URL            the relay; default http://localhost:$PORT, or port 8000
  --id ID             the group's owner; default "default"
  --level LEVEL       the group's level; default "default"
  --dep DEP           the department that signs; default the first one of fenghuo.yaml
  --env ENV           prod, pre or dev (default)
  --set NAME=VALUE    another parameter, such as alert_level=高; may be given several times

The alert of a second run is the same as that of the first, because only alert_time differs: it folds into
the open window. Set another parameter to send a new one.
The example is a test: its incident ends by itself after five minutes.

The department's secret is that of FENGHUO_CONFIG, or of ./fenghuo.yaml. Where no department is configured
there is one, "default", whose secret is the intake token: FENGHUO_INTAKE_TOKEN, or what the relay's first
start kept in data/secrets.json.`;

/** The meaning of each alarm_v2 code, and its remedy. */
const REFUSALS: Readonly<Record<number, string>> = {
  1000: "the body is no object: send the parameters as one JSON object",
  1001: "a parameter is missing, unknown, or an alert_level other than 高, 中, 低: correct it with --set",
  1002: "the body is not JSON, or too large: send less",
  1003: "the method is wrong: send a POST",
  1004: "the method is not POST: let --to name the relay itself, and nothing that redirects",
  2000:
    "the signature is wrong: sign with the secret that the relay has, which deno task sign helps to compare",
  2002: "the department is unknown to the relay: name one of its fenghuo.yaml with --dep",
  2003: "the environment is unknown: let --env be prod, pre or dev",
  2009: "a value is no string: write it in quotes",
  3000: "the relay could not store the alert: send it again, and see the relay's log",
  3001:
    "the group is unknown, or has no destinations: name one of the relay's fenghuo.yaml with --id and --level",
  4000: "DingTalk gave no token: check the application's key and secret",
  4001: "DingTalk did not create the chat: check that every member still works there",
  4002: "DingTalk did not take the message: check the robot's token, secret and security settings",
  4003: "WeCom gave no token: check the corporation's id and secret",
  4004: "WeCom did not take the message: check the robot's key",
  4005: "mail was not taken: check the server, the login and the addresses",
  4006: "a channel did not take the message: check the destination's config",
};

/** The destinations of the file are not read. */
const NO_CHANNELS: ChannelRegistry = {
  get: () => undefined,
  faults: new ChannelFaults(),
  broken: new Map(),
  names: () => [],
  load: () => Promise.resolve(),
};

/** `refused`: a refusal in words; `undefined` for another dialect. */
const dialect: SendDialect & { refused(answer: unknown): string | undefined } = {
  title: "a signed call of alarm_v2",
  help: HELP,
  options: {
    id: { type: "string", default: "default" },
    level: { type: "string", default: "default" },
    dep: { type: "string" },
    env: { type: "string", default: "dev" },
    set: { type: "string", multiple: true, default: [] },
  },
  example,
  accepted,
  refused,
};

export default dialect;

async function example(values: OptionValues, { token, now }: Context): Promise<Example> {
  const env = Deno.env.toObject();
  const set = pairsOf("set", values.set as string[]);
  if (Object.hasOwn(set, "sign")) throw new UsageError("--set sign: the signature is computed here");
  const departments = await readDepartments(env, { token });
  const dep = set.dep ?? values.dep as string | undefined ?? [...departments.keys()][0]!;
  const { timezone } = readEnvironment(env).environment;
  const parameters = {
    id: values.id as string,
    level: values.level as string,
    dep,
    env: values.env as string,
    alert_level: "中",
    alert_time: formatTime(now, { timezone }),
    alert_business: "HelloFenghuo",
    exception_spec: "The beacon is lit",
    ...set,
  };
  const sign = signAlarmV2(parameters, secretOf(dep, departments));
  return {
    path: "alarm_v2",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...parameters, sign }),
  };
}

function secretOf(dep: string, departments: ReadonlyMap<string, Department>): string {
  const [secret] = departments.get(dep)?.secrets ?? [];
  if (secret !== undefined) return secret;
  throw new UsageError(
    `there is no department "${dep}" here; there is ${[...departments.keys()].join(", ")}`,
  );
}

function accepted(answer: unknown): string | undefined {
  const { code, pending } = Object(answer) as Record<string, unknown>;
  if (code === 1010) {
    return "Accepted: the same alert was sent within the window, so it is counted and not sent again; " +
      "change a parameter other than alert_time to send a new one";
  }
  if (code !== 0) return undefined;
  if (!Array.isArray(pending)) return "Accepted and delivered to every destination of its group";
  return `Accepted, and still on its way through ${pending.join(", ")}: nothing needs to be done`;
}

function refused(answer: unknown): string | undefined {
  const { code, message, pending } = Object(answer) as Record<string, unknown>;
  if (typeof code !== "number" || !Object.hasOwn(REFUSALS, code)) return undefined;
  const lines = [`answered ${code}: ${REFUSALS[code]}`];
  if (typeof message === "string") lines.push(`It says: ${message}`);
  if (Array.isArray(pending)) lines.push(`Still on its way through ${pending.join(", ")}`);
  return lines.join("\n");
}

/**
 * alarm_v2's departments by `dep`, as the relay reads them: `FENGHUO_CONFIG` or `./fenghuo.yaml`, with `${NAME}` from
 * the environment; without any the built-in `default`, whose secret is the intake token. The rest of the file is not
 * read: a sender does not need the robots' secrets.
 *
 * @throws UsageError
 */
export async function readDepartments(
  env: Environment,
  { token }: { token: string | undefined },
): Promise<ReadonlyMap<string, Department>> {
  const { configPath, configRequired } = settings(env).settings;
  const declared = await readSection(configPath, configRequired);
  const { tree, complaints: unset } = interpolate(declared, env);
  const { environment } = readEnvironment({});
  const { values, complaints } = new FileReader(tree, {
    environment,
    channels: NO_CHANNELS,
    tables: new Map(),
  }).read();
  const others = complaints.filter(({ path }) => !unset.some((other) => other.path === path));
  if (unset.length + others.length > 0) throw wrong([...unset, ...others]);
  if (values.departments.size > 0) return values.departments;
  if (token !== undefined) return new Map([["default", { name: "default", secrets: [token] }]]);
  throw new UsageError(
    `no department is configured in ${configPath}, and the secret of the built-in one is the intake token: ` +
      "set FENGHUO_INTAKE_TOKEN to the token that the relay printed",
  );
}

/** The file's section, if it has one. */
async function readSection(path: string, required: boolean): Promise<Tree> {
  let text: string;
  try {
    text = decodeFile(await Deno.readFile(path), path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && !required) return {};
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
  const read = await readYaml(text, path);
  if ("complaint" in read) throw wrong([read.complaint]);
  const { departments } = read.tree;
  return departments === undefined ? {} : { departments };
}

function wrong(complaints: readonly Complaint[]): UsageError {
  return new UsageError(
    ["the configuration is wrong", ...complaints.map(complaintText)].join("\n  "),
  );
}
