import { BUILT_IN } from "../../channels.ts";
import { folderUrl, pluginNames } from "../../relay/channel/discovery.ts";
import { ROOT } from "../_start_process.ts";
import { print, type Task, UsageError } from "../_task.ts";
import { toPath } from "./_files.ts";

const HELP = `deno task channel new NAME [--in DIR]

Writes a channel plugin that works, to be changed into the one for your vendor: NAME.ts, tests/NAME_test.ts and, where
there is none yet, a deno.json, with which an editor, deno check and deno test know the relay's modules. DIR (default:
the current folder) is made if it is not there, and nothing in it is overwritten. The relay finds the plugin when
FENGHUO_CHANNELS names DIR.`;

const OPTIONS = { in: { type: "string", default: "." } } as const;

/** The name of the plugin in the template's files, which the new plugin's name replaces. */
const TEMPLATE = "template";

const task: Task<typeof OPTIONS> = {
  name: "deno task channel new",
  action: "write the plugin",
  help: HELP,
  options: OPTIONS,
  words: 1,
  async run({ values, positionals: [name] }): Promise<number> {
    if (name === undefined) throw new UsageError("no name is given");
    if (!/^[a-z][a-z0-9_]*$/.test(name)) {
      throw new UsageError(`the name "${name}" must consist of lower-case letters, digits and _`);
    }
    if (pluginNames(BUILT_IN.url).includes(name)) {
      throw new UsageError(`there is a built-in channel "${name}"`);
    }
    const folder = folderUrl(values.in);
    await Deno.mkdir(new URL("tests/", folder), { recursive: true });
    await copyTemplate(`${TEMPLATE}.ts`, new URL(`${name}.ts`, folder), name);
    await copyTemplate(`tests/${TEMPLATE}_test.ts`, new URL(`tests/${name}_test.ts`, folder), name);
    await writeNew(new URL("deno.json", folder), await configText()).catch((error) => {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    });
    const path = toPath(folder.href);
    print(`${path}${name}.ts is a plugin that works: change it into yours.

  deno task channel check ${path}${name}.ts
  deno task channel try ${path}${name}.ts --dry
  FENGHUO_CHANNELS=${path} deno task start`);
    return 0;
  },
};
export default task;

async function copyTemplate(file: string, to: URL, name: string): Promise<void> {
  const text = await Deno.readTextFile(new URL(`template/${file}`, import.meta.url));
  const title = name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
  await writeNew(to, text.replaceAll("Template", title).replaceAll(TEMPLATE, name));
}

/** @throws Error when the file exists */
async function writeNew(to: URL, text: string): Promise<void> {
  await Deno.writeTextFile(to, text, { createNew: true });
}

/** A deno.json with the packages that the relay's modules for plugins need. */
async function configText(): Promise<string> {
  const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`)) as {
    imports: Record<string, string>;
  };
  const needed = await packagesOf("simulator/testing.ts");
  const entries = Object.entries(imports).filter(([name]) =>
    name.startsWith("fenghuo/") ||
    needed.some((specifier) => name.endsWith("/") ? specifier.startsWith(name) : specifier === name)
  );
  const own = entries.map((
    [name, to],
  ) => [name, to.startsWith("./") ? new URL(to, `file://${ROOT}`).href : to]);
  return `${
    JSON.stringify({ imports: Object.fromEntries(own), lock: false, fmt: { lineWidth: 110 } }, null, 2)
  }\n`;
}

/** The packages that a module and its imports use. */
async function packagesOf(module: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", module], cwd: ROOT })
    .output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: { dependencies?: { specifier: string }[] }[];
  };
  const all = modules.flatMap(({ dependencies = [] }) => dependencies.map(({ specifier }) => specifier));
  return [...new Set(all)].filter((specifier) => !/^(\.|node:|file:)/.test(specifier));
}
