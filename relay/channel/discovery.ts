/**
 * Finds channels by their files: to install one, copy its file into a folder. Files whose names begin with `_` are helpers
 * of channels.
 *
 * @module
 */
import { withTimeout } from "../base/timeout.ts";
import type { Channel } from "./channel.ts";
import { ChannelFaults } from "./channel_faults.ts";
import type { LoopWatch } from "./loop_watch.ts";
import { problemOf, withCheckedOptions } from "./definition.ts";
import type { ChannelRegistry } from "./registry.ts";

/** A folder of channels, one a file. */
export interface ChannelFolder {
  /** Ends with a slash. */
  readonly url: URL;
  /** Imports the file of this name, which is given without its `.ts`. */
  readonly load: (name: string) => Promise<{ default?: unknown }>;
  /** The names of its files, for a platform that cannot list a folder. */
  readonly names?: readonly string[];
}

/** The second folder, and the callback for broken channels. */
export interface DiscoveryOptions {
  /** The second folder: a path, or a `file:` URL. Its plugins import `fenghuo/channel`. */
  readonly folder?: string | URL | undefined;
  /** Receives the warnings about loaded channels. */
  readonly faults?: ChannelFaults;
  /** Reports plugins that block the relay. */
  readonly watch?: Pick<LoopWatch, "begin"> | undefined;
  /** Called with one sentence for each channel that cannot be loaded. */
  readonly report?: (words: string) => void;
}

/** The timeout of an import: a plugin that never finishes its top level would keep the relay from starting. */
const LOAD_MS = 10_000;

/**
 * Finds the channels of the built-in folder, then those of a second one. Each is loaded on first use, because most starts
 * need one or two. A channel that cannot be loaded is recorded with one sentence, and the others still work.
 */
export function findChannels(
  builtIn: ChannelFolder,
  { folder, report = () => {}, faults = new ChannelFaults(report), watch }: DiscoveryOptions = {},
): ChannelRegistry {
  /** The folders that contain a file of this name. */
  const files = new Map<string, ChannelFolder[]>();
  const channels = new Map<string, Channel>();
  const broken = new Map<string, string>();
  const loading = new Map<string, Promise<void>>();

  const complain = (key: string, sentence: string): void => {
    broken.set(key, sentence);
    report(sentence);
  };
  /** Channels of the repository are examined by its tests instead. */
  const isForeign = (name: string, folder: ChannelFolder): boolean =>
    folder !== builtIn || builtIn.names?.includes(name) !== true;
  const add = async (name: string, folder: ChannelFolder): Promise<void> => {
    const { url, load } = folder;
    try {
      if (channels.has(name)) throw new Error(`there is already a channel "${name}"`);
      const isGuarded = isForeign(name, folder);
      const end = isGuarded ? watch?.begin(`${name}: its top level`) : undefined;
      const loading = isGuarded ? loadGuarded(name, folder, faults) : load(name);
      const { default: channel } = await withTimeout(loading, LOAD_MS, tooLong).finally(end);
      const problem = problemOf(channel, name);
      if (problem !== undefined) throw new Error(problem);
      channels.set(
        name,
        isGuarded ? await guarded(channel as Channel, { faults, watch }) : channel as Channel,
      );
    } catch (error) {
      const isTaken = channels.has(name) || broken.has(name);
      const file = isTaken ? fileIn(url, name) : `${name}.ts`;
      complain(isTaken ? file : name, `Cannot load channel from "${file}": ${sentenceOf(error)}`);
    }
  };
  let last = Promise.resolve();
  /** External plugins are loaded one after another, so that each change can be attributed to the plugin that loads. */
  const afterOthers = (load: () => Promise<void>): Promise<void> => last = last.then(load);
  const addAll = async (name: string): Promise<void> => {
    for (const folder of files.get(name) ?? []) await add(name, folder);
  };

  for (const one of folder === undefined ? [builtIn] : [builtIn, secondFolder(folder)]) {
    try {
      for (const name of pluginsIn(one)) files.set(name, [...files.get(name) ?? [], one]);
    } catch (error) {
      complain(one.url.href, `Cannot read the folder of channels "${one.url.href}": ${sentenceOf(error)}`);
    }
  }
  return {
    get: (name) => channels.get(name),
    broken,
    faults,
    names: () => [...files.keys()].filter((name) => channels.has(name) || !broken.has(name)).sort(),
    async load(names = [...files.keys()]): Promise<void> {
      for (const name of names) {
        if (!files.has(name) || loading.has(name)) continue;
        const isGuarded = files.get(name)!.some((folder) => isForeign(name, folder));
        loading.set(name, isGuarded ? afterOthers(() => addAll(name)) : addAll(name));
      }
      await Promise.all(names.map((name) => loading.get(name)));
    },
  };
}

/** Loads a plugin, and undoes its changes of shared objects. */
async function loadGuarded(
  name: string,
  { load }: ChannelFolder,
  faults: ChannelFaults,
): Promise<{ default?: unknown }> {
  const { watchShared } = await import("./shared_globals.ts");
  const changes = watchShared();
  try {
    return await load(name);
  } finally {
    for (const change of changes()) {
      if (change.isNewGlobal) continue;
      change.undo();
      faults.add(name, `it changes ${change.name}, which the whole relay shares: this was undone`);
    }
  }
}

/** A channel with time limits, examined before any alert. @throws Error with the fault and its cure */
async function guarded(
  definition: Channel,
  { faults, watch }: { faults: ChannelFaults; watch: DiscoveryOptions["watch"] },
): Promise<Channel> {
  const [{ examine }, { withTimeLimits }] = await Promise.all([
    import("./examine.ts"),
    import("./time_limits.ts"),
  ]);
  const channel = await withTimeLimits(definition, { watch });
  for (const { level, problem, cure } of examine(channel)) {
    if (level === "fault") throw new Error(`${problem}; ${cure}`);
    faults.add(channel.name, `${problem}; ${cure}`);
  }
  return withCheckedOptions(channel);
}

function pluginsIn({ url, names }: ChannelFolder): readonly string[] {
  try {
    return pluginNames(url);
  } catch (error) {
    if (names === undefined) throw error;
    return names;
  }
}

/** The names of the plugins in a folder, sorted, so that every start finds them in the same order. */
export function pluginNames(folder: URL): string[] {
  const names: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory || !name.endsWith(".ts") || name.endsWith(".d.ts")) continue;
    if (name !== "mod.ts" && !name.startsWith("_")) names.push(name.slice(0, -".ts".length));
  }
  return names.sort();
}

function secondFolder(folder: string | URL): ChannelFolder {
  const url = folderUrl(folder);
  return { url, load: (name) => import(fileIn(url, name)) };
}

/** The address of a folder, which ends with a slash. */
export function folderUrl(folder: string | URL): URL {
  if (folder instanceof URL || folder.startsWith("file:")) return new URL(`${folder}`.replace(/\/?$/, "/"));
  const path = folder.startsWith("/") ? folder : `${Deno.cwd()}/${folder}`;
  return new URL(`file://${path.split("/").map(encodeURIComponent).join("/")}/`.replace(/\/+$/, "/"));
}

function fileIn(folder: URL, name: string): string {
  return new URL(`${encodeURIComponent(name)}.ts`, folder).href;
}

function tooLong(): never {
  throw new Error(`it was not loaded within ${LOAD_MS / 1_000} s`);
}

/** The first line of an error, without Deno's colours, and its position. */
function sentenceOf(error: unknown): string {
  // deno-lint-ignore no-control-regex -- the colours are control characters
  const text = (error instanceof Error ? error.message : String(error)).replace(/\x1b\[[\d;]*m/g, "");
  const [first = ""] = text.split("\n");
  const position = /\bat file:\S*\/([^/\s]+:\d+:\d+)/.exec(text)?.[1];
  return `${first.trim().replace(/\.$/, "") || "it throws nothing readable"}${
    position === undefined ? "" : ` at ${position}`
  }`;
}
