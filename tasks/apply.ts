/**
 * `deno task apply [file]`: applies a configuration file to a running relay. First the plan is shown, then it is applied.
 *
 * @module
 */
import { dirname, join } from "node:path";
import {
  complaintText,
  type ConfigPlan,
  decodeFile,
  type FieldChange,
  interpolate,
  readTableFiles,
  readYaml,
  type Tree,
} from "../relay/config/mod.ts";
import { refusalOf, relayAt, type RelayClient } from "./_relay.ts";
import { print, runTask } from "./_task.ts";

const HELP = `deno task apply [file] [--plan] [--yes] [--prune] [--to http://localhost:8000]

Sends a file (default: FENGHUO_CONFIG, else ./fenghuo.yaml) to a running relay: shows what would change, asks, and
applies it all at once. \${NAME} takes a value from the environment of this command.

  --plan    show the plan and change nothing; ends with 2 when there is a difference
  --yes     apply without asking
  --prune   also empty the sections that the file does not have; without it they are left as they are
  --to      the relay's address

Set FENGHUO_ADMIN_PASSWORD, unless the relay was started in this folder. Ends with 0 when the relay has what the file
says, with 1 when that could not be done, and with 2 when there is a difference that was not applied.`;

const SIGNS = { added: "+", changed: "~", removed: "-" } as const;

await runTask({
  name: "deno task apply",
  action: "apply",
  help: HELP,
  options: {
    plan: { type: "boolean", default: false },
    yes: { type: "boolean", default: false },
    prune: { type: "boolean", default: false },
    to: { type: "string" },
  },
  words: 1,
  misused: 1, // 2 is a difference that was not applied
  run: ({ values, positionals: [file] }) => apply(file, values),
});

/** The options of an application. */
interface ApplyOptions {
  readonly plan: boolean;
  readonly yes: boolean;
  readonly prune: boolean;
  readonly to?: string | undefined;
}

async function apply(file: string | undefined, values: ApplyOptions): Promise<number> {
  const path = file ?? (Deno.env.get("FENGHUO_CONFIG") || "./fenghuo.yaml");
  const application = { document: await documentIn(path), prune: values.prune };
  const relay = await relayAt(values.to);

  const plan = await planAt(relay, application);
  print(planText(plan));
  if (plan.changes.length === 0) return 0;
  if (values.plan) return 2;
  if (!values.yes && !confirm(`Apply this to ${relay.address}?`)) return 2;
  const applied = await relay.ask("POST", "api/config/apply", { ...application, hash: plan.hash });
  if (applied.status !== 200) throw new Error(refusalOf(applied));
  print(`Applied: ${plan.changes.length} changed; revision ${applied.json.revision}`);
  return 0;
}

async function documentIn(path: string): Promise<unknown> {
  const bytes = await Deno.readFile(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`there is no file "${path}": name one, such as deno task apply fenghuo.yaml`);
  });
  const read = await readYaml(decodeFile(bytes, path), path);
  if ("complaint" in read) throw new Error(complaintText(read.complaint));
  const { tree, complaints } = interpolate(read.tree, Deno.env.toObject());
  if (complaints.length > 0) throw new Error([path, ...complaints.map(complaintText)].join("\n  "));
  return await withTables(tree, path);
}

/** The relay cannot read the files next to this one, so the request contains their rows. */
async function withTables(tree: Tree, path: string): Promise<Tree> {
  const files = await readTableFiles(tree, (name) => Deno.readFile(join(dirname(path), name)));
  if (files.size === 0) return tree;
  const tables = (tree.enrich as unknown[]).map((table, index) => {
    const { file, ...rest } = table as Tree;
    const read = typeof file === "string" ? files.get(file) : undefined;
    if (!read) return table;
    if ("problem" in read) throw new Error(`${path}: enrich[${index}].file: ${read.problem}`);
    return { ...rest, rows: read.rows };
  });
  return { ...tree, enrich: tables };
}

async function planAt(relay: RelayClient, application: object): Promise<ConfigPlan> {
  const answer = await relay.ask("POST", "api/config/plan", application);
  if (answer.status !== 200) throw new Error(refusalOf(answer));
  return answer.json;
}

function planText({ changes }: ConfigPlan): string {
  if (changes.length === 0) return "No difference: the relay has what the file says";
  return changes.flatMap(({ what, action, fields }) => [
    `${SIGNS[action]} ${what}`,
    ...action === "changed" ? fields.map((field) => `    ${fieldText(field)}`) : [],
  ]).join("\n");
}

function fieldText({ path, before, after }: FieldChange): string {
  const name = path === "" ? "all of it" : path;
  const [old, fresh] = [valueText(before), valueText(after)];
  return old.includes("••••") || fresh.includes("••••")
    ? `${name}: ${
      before === undefined ? "secret set" : after === undefined ? "secret removed" : "secret changed"
    }`
    : `${name}: ${old} → ${fresh}`;
}

function valueText(value: unknown): string {
  return value === undefined ? "(none)" : JSON.stringify(value);
}
