/**
 * The door of the channels: it finds them by their files, so that dropping one into this folder is the whole
 * installation. Files whose names begin with `_` are private to the channels.
 *
 * @module
 */
import type { Channel } from "../relay/channel.ts";
import type { ChannelRegistry } from "../relay/channel/registry.ts";
import { withTimeout } from "../relay/base/timeout.ts";
import { problemOf } from "../relay/channel/definition.ts";

/** A plugin that waits for ever at its top level would keep the relay from starting. */
const LOAD_MS = 10_000;

/** A file that may hold a channel. */
interface Plugin {
  /** What it is reported under when its name is taken. */
  readonly key: string;
  readonly load: () => Promise<{ default?: unknown }>;
}

/** Where channels are looked for, and who hears of what is broken. */
export interface Discovery {
  /** The second folder: a path, or a `file:` URL. Its plugins import `fenghuo/channel`. */
  readonly folder?: string | URL | undefined;
  /** Called with one sentence for each that cannot be loaded. */
  readonly report?: (words: string) => void;
}

/** Find the channels and load every one. */
export async function discover(options: Discovery = {}): Promise<ChannelRegistry> {
  const channels = find(options);
  await channels.load();
  return channels;
}

/**
 * Find the channels by their files: those of this folder, then those of a second one. Each is loaded when it is asked
 * for, because most starts need one or two. One that cannot be loaded is recorded with one sentence, and takes nothing
 * else down.
 */
export function find({ folder, report = () => {} }: Discovery = {}): ChannelRegistry {
  const files = new Map<string, Plugin[]>();
  const channels = new Map<string, Channel>();
  const broken = new Map<string, string>();
  const loading = new Map<string, Promise<void>>();

  const found = (name: string, plugin: Plugin): void => {
    files.set(name, [...files.get(name) ?? [], plugin]);
  };
  const complain = (key: string, sentence: string): void => {
    broken.set(key, sentence);
    report(sentence);
  };
  const add = async (name: string, { key, load }: Plugin): Promise<void> => {
    try {
      if (channels.has(name)) throw new Error(`there is already a channel "${name}"`);
      const channel = (await withTimeout(load(), LOAD_MS, tooLong)).default;
      const problem = problemOf(channel, name);
      if (problem !== undefined) throw new Error(problem);
      channels.set(name, channel as Channel);
    } catch (error) {
      const taken = channels.has(name) || broken.has(name);
      const file = taken ? key : `${name}.ts`;
      complain(taken ? key : name, `Cannot load channel from "${file}": ${sentenceOf(error)}`);
    }
  };
  const addAll = async (name: string): Promise<void> => {
    for (const plugin of files.get(name) ?? []) await add(name, plugin);
  };

  const here = new URL("./", import.meta.url);
  for (const name of pluginsIn(here)) {
    // The template must begin with "./": Deno then knows the files beforehand, checks, locks and caches them.
    found(name, { key: `${name}.ts`, load: () => import(`./${name}.ts`) });
  }
  if (folder !== undefined) {
    const there = folderUrl(folder);
    try {
      for (const name of pluginsIn(there)) {
        const url = new URL(`${encodeURIComponent(name)}.ts`, there).href;
        found(name, { key: url, load: () => import(url) });
      }
    } catch (error) {
      complain(there.href, `Cannot read the folder of channels "${there.href}": ${sentenceOf(error)}`);
    }
  }
  return {
    get: (name) => channels.get(name),
    broken,
    names: () => [...files.keys()].filter((name) => channels.has(name) || !broken.has(name)).sort(),
    async load(names = [...files.keys()]): Promise<void> {
      for (const name of names) {
        if (files.has(name) && !loading.has(name)) loading.set(name, addAll(name));
      }
      await Promise.all(names.map((name) => loading.get(name)));
    },
  };
}

/** The names of the plugins in a folder, sorted, so that every start finds them in the same order. */
function pluginsIn(folder: URL): string[] {
  const names: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory || !name.endsWith(".ts") || name.endsWith(".d.ts")) continue;
    if (name !== "mod.ts" && !name.startsWith("_")) names.push(name.slice(0, -".ts".length));
  }
  return names.sort();
}

function folderUrl(folder: string | URL): URL {
  if (folder instanceof URL || folder.startsWith("file:")) return new URL(`${folder}`.replace(/\/?$/, "/"));
  const path = folder.startsWith("/") ? folder : `${Deno.cwd()}/${folder}`;
  return new URL(`file://${path.split("/").map(encodeURIComponent).join("/")}/`.replace(/\/+$/, "/"));
}

function tooLong(): never {
  throw new Error(`it was not loaded within ${LOAD_MS / 1_000} s`);
}

/** The first line of an error, without Deno's colours, and the place that it names. */
function sentenceOf(error: unknown): string {
  // deno-lint-ignore no-control-regex -- the colours are control characters
  const text = (error instanceof Error ? error.message : String(error)).replace(/\x1b\[[\d;]*m/g, "");
  const [first = ""] = text.split("\n");
  const place = /\bat file:\S*\/([^/\s]+:\d+:\d+)/.exec(text)?.[1];
  return `${first.trim().replace(/\.$/, "") || "it throws nothing readable"}${
    place === undefined ? "" : ` at ${place}`
  }`;
}
