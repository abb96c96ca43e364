import { BUILT_IN } from "../../channels.ts";
import { findChannels } from "../../relay/channel/discovery.ts";
import type { ChannelRegistry } from "../../relay/channel/registry.ts";
import { ROOT } from "../_start_process.ts";
import { print, type Task } from "../_task.ts";
import { PAGES, withTable } from "./tables.ts";

const HELP = `deno task channel list [--docs | --check]

Lists the channels that a relay would find: those in channels/, and those in the folder that FENGHUO_CHANNELS names.
A file that cannot be loaded is listed with the reason, and so is one of the second folder that is no channel; the exit
code is 1 where a file is broken.

  --docs    write the tables of README.md and docs/channels-reference.md again, from the built-in channels
  --check   change nothing; exit code 1 when one of these tables is out of date`;

const OPTIONS = {
  docs: { type: "boolean", default: false },
  check: { type: "boolean", default: false },
} as const;

const task: Task<typeof OPTIONS> = {
  name: "deno task channel list",
  action: "list the channels",
  help: HELP,
  options: OPTIONS,
  run: async ({ values: { docs, check } }) => docs || check ? await writeTables({ check }) : await list(),
};
export default task;

async function list(): Promise<number> {
  const folder = Deno.env.get("FENGHUO_CHANNELS");
  const channels = findChannels(BUILT_IN, { folder: folder || undefined });
  await channels.load();
  const names = channels.names();
  const width = Math.max(...names.map(({ length }) => length));
  for (const name of names) print(`${name.padEnd(width)}  ${titleOf(channels, name)}`);
  for (const [name, because] of channels.broken) print(`${name.padEnd(width)}  broken: ${because}`);
  for (const { channel = "", words } of channels.faults.list()) {
    print(`${channel.padEnd(width)}  warning: ${words}`);
  }
  if (folder) {
    for (const [file, because] of ignoredIn(folder)) print(`${file.padEnd(width)}  ignored: ${because}`);
  }
  return channels.broken.size === 0 ? 0 : 1;
}

/** The files of a folder that are not channels, each with the reason. */
function ignoredIn(folder: string): [file: string, because: string][] {
  return [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1).flatMap(
    ({ name, isDirectory }): [string, string][] => {
      if (isDirectory) return [[`${name}/`, "a channel is one file"]];
      if (/^deno\.(json|lock)$/.test(name)) return [];
      if (!name.endsWith(".ts")) return [[name, "a channel's name ends with .ts"]];
      if (name.startsWith("_")) return [[name, "what begins with _ is a part of channels"]];
      return name.endsWith(".d.ts") || name === "mod.ts" ? [[name, "it has no channel's name"]] : [];
    },
  );
}

function titleOf(channels: ChannelRegistry, name: string): string {
  const { title, docs } = channels.get(name)!;
  return docs === undefined ? title : `${title} (${docs})`;
}

async function writeTables({ check }: { check: boolean }): Promise<number> {
  const channels = findChannels(BUILT_IN);
  await channels.load();
  for (const page of PAGES) {
    const path = `${ROOT}${page}`;
    const text = await Deno.readTextFile(path);
    const updated = withTable(page, text, channels);
    if (updated === text) continue;
    if (check) throw new Error(`the table of ${page} is out of date: run deno task channel list --docs`);
    await Deno.writeTextFile(path, updated);
  }
  return 0;
}
