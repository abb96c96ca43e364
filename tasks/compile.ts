/**
 * `deno task compile`: the relay as one executable file, with its templates, its channels and the runtime.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { exists } from "./_database.ts";
import { runTask } from "./_task.ts";

const HELP = `deno task compile [--output FILE] [--target TRIPLE]

Compiles the relay into one executable file, which needs no Deno on its machine. It is started without arguments, and keeps
its database in ./data, as deno task start does.

  --output   default ./fenghuo
  --target   a platform as deno compile --help lists them; default this one

Deno downloads the base of such a file (denort) from dl.deno.land. Where that host is out of reach, DENORT_BIN names one
of exactly this version of Deno that was downloaded elsewhere.`;

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Files that no import reaches: a worker, and files that are read. */
const UNIMPORTED = ["relay/store/kv_worker.ts", "templates", "channels"];

await runTask({
  name: "deno task compile",
  action: "compile",
  help: HELP,
  options: { output: { type: "string", default: "fenghuo" }, target: { type: "string" } },
  async run({ values: { output, target } }): Promise<number> {
    const { tasks } = await readJson("deno.json");
    const [v8] = /--v8-flags=\S+/.exec(tasks.start.command)!;
    const included = [...UNIMPORTED, ...await modules()];
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: [
        "compile",
        ...["--output", output],
        ...target === undefined ? [] : ["--target", target],
        ...["--no-check", "--exclude-unused-npm", "--app-name=fenghuo", v8],
        ...[
          "--allow-read",
          "--allow-write",
          "--allow-net",
          "--allow-env",
          "--allow-sys=hostname,networkInterfaces",
        ],
        ...included.map((path) => `--include=${path}`),
        ...(await testsOfPackages()).map((path) => `--exclude=${path}`),
        "main.ts",
      ],
      cwd: ROOT,
      stdin: "null",
    }).spawn().status;
    return code;
  },
});

/** All modules of the relay: Deno would leave out lazily imported ones ("lazy-dynamic-imports"). */
async function modules(): Promise<string[]> {
  const { modules } = await info("main.ts");
  const root = new URL("../", import.meta.url).href;
  return (modules as { specifier: string }[]).flatMap(({ specifier }) =>
    specifier.startsWith(root) ? [specifier.slice(root.length)] : []
  );
}

/** The tests inside packages. One of them overflows the stack of `deno compile` 2.9.6. */
async function testsOfPackages(): Promise<string[]> {
  const { npmCache } = await info();
  const { npm } = await readJson("deno.lock");
  const found: string[] = [];
  for await (const { name: registry, isDirectory } of Deno.readDir(npmCache)) {
    if (!isDirectory) continue;
    for (const key of Object.keys(npm)) {
      const [, name, version] = /^(@?[^@]+)@([^_]+)/.exec(key)!;
      const path = `${npmCache}/${registry}/${name}/${version}/test`;
      if (await exists(path)) found.push(path);
    }
  }
  return found;
}

// deno-lint-ignore no-explicit-any -- Deno's own formats, of which little is read
type Json = any;

async function info(...args: string[]): Promise<Json> {
  const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", ...args], cwd: ROOT });
  return JSON.parse(new TextDecoder().decode((await command.output()).stdout));
}

async function readJson(path: string): Promise<Json> {
  return JSON.parse(await Deno.readTextFile(ROOT + path));
}
