import { problemOf } from "../../relay/channel/definition.ts";
import type { Channel } from "../../relay/channel.ts";
import { complaintText, interpolate, issuesOf, readYaml } from "../../relay/config/mod.ts";
import { type Configured, configured } from "../../simulator/channel/attempt.ts";
import { toFileUrl } from "./_files.ts";

/** Load the plugin in a file. @throws Error with one sentence */
export async function loadPlugin(path: string): Promise<Channel> {
  const url = toFileUrl(path);
  const name = decodeURIComponent(url.split("/").at(-1)!).replace(/\.ts$/, "");
  let exported: unknown;
  try {
    exported = (await import(url)).default;
  } catch (error) {
    const [first] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new Error(`${path} cannot be loaded: ${first}`);
  }
  const problem = problemOf(exported, name);
  if (problem !== undefined) throw new Error(`${path}: ${problem}`);
  return exported as Channel;
}

/** A plugin with the config in a YAML file, whose `${NAME}`s come from the environment; default: with its sample. @throws Error */
export async function withConfig(channel: Channel, file: string | undefined): Promise<Configured> {
  if (file === undefined) return configured(channel);
  const read = await readYaml(await Deno.readTextFile(file), file);
  if ("complaint" in read) throw new Error(complaintText(read.complaint));
  const { tree, complaints } = interpolate(read.tree, Deno.env.toObject());
  const wrong = [...complaints, ...issuesOf(channel.config, tree, [])];
  if (wrong.length > 0) {
    throw new Error(`${file} is no config of "${channel.name}":\n${wrong.map(complaintText).join("\n")}`);
  }
  return configured(channel, tree);
}
