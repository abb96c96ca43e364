/**
 * Prints the permission flags of `deno task start`: only the names in the environment and the configuration file,
 * which a permission set in deno.json cannot express.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { readVariables, VARIABLES, withFile } from "../relay/config/variables.ts";
import { namesIn, settings, tableFilesIn } from "../relay/config/mod.ts";
import { DATABASE_FILES } from "../relay/store/private_files.ts";

/** The folders of a start. */
export interface Start {
  /** The checkout. */
  readonly root: string;
  /** The working folder, with `data/` and perhaps `fenghuo.yaml`. */
  readonly folder: string;
  readonly get: (name: string) => string | undefined;
}

/** The lock file of a relay with foreign plugins, in its working folder: Deno writes their packages into it. */
const PLUGINS_LOCK = "data/plugins.lock";

if (import.meta.main) {
  const root = Deno.realPathSync(new URL("../", import.meta.url));
  const flags = startFlags({ root, folder: Deno.cwd(), get: (name) => Deno.env.get(name) });
  if (flags.includes(`--lock=${PLUGINS_LOCK}`)) await copyLock({ root, folder: Deno.cwd() });
  // deno-lint-ignore no-console -- its output is the flags
  console.log(flags.join(" "));
}

/** The flags of a start. */
export function startFlags({ root, folder, get }: Start): string[] {
  const { env } = readVariables(VARIABLES, get);
  const { settings: { configPath, kv, kvKind, channels, templates } } = settings(env);
  const place = (path: string): string =>
    path.startsWith("file:")
      ? decodeURIComponent(new URL(path).pathname)
      : path.startsWith("/")
      ? path
      : `${folder}/${path.replace(/^(\.\/)+/, "")}`;
  const data = place("data");
  const store = kvKind === "file" ? databasePaths(place(kv!)) : [];
  const yaml = readIfThere(place(configPath)) ?? "";
  const names = [...VARIABLES, ...namesIn(yaml).flatMap(withFile)];
  const files = names.filter((name) => name.endsWith("_FILE")).flatMap((name) => get(name) || []);
  const write = [data, ...store];
  const read = [
    root,
    ...write,
    ...[configPath, channels, templates, ...files].flatMap((path) => path ? [place(path)] : []),
    ...tableFilesIn(yaml).map((name) => join(dirname(place(configPath)), name)),
  ];
  return [
    listFlag("read", read),
    listFlag("write", write),
    // A pipe can be read only once, by the relay, so its variables are unknown here.
    isPipe(place(configPath)) ? "--allow-env" : listFlag("env", names),
    // The lock file does not have the packages of foreign plugins; for all others it stays frozen.
    ...channels || hasForeignPlugin(`${root}/channels`) ? [`--lock=${PLUGINS_LOCK}`, "--frozen=false"] : [],
  ];
}

/** Copy the checkout's lock file for a relay with foreign plugins, unless the copy is newer. */
export async function copyLock({ root, folder }: Pick<Start, "root" | "folder">): Promise<void> {
  const [from, to] = [`${root}/deno.lock`, `${folder}/${PLUGINS_LOCK}`];
  const [ours, theirs] = await Promise.all([Deno.stat(from), Deno.stat(to).catch(() => undefined)]);
  if (theirs && theirs.mtime! >= ours.mtime!) return;
  await Deno.mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(to, await Deno.readTextFile(from));
}

/** A database's files, and its folder when it does not exist yet. */
function databasePaths(database: string): string[] {
  const folder = dirname(database);
  return [...DATABASE_FILES.map((end) => database + end), ...isThere(folder) ? [] : [folder]];
}

function isPipe(path: string): boolean {
  try {
    return !Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Deno splits the list at commas and the task's shell at spaces, so a path with either can only be allowed with all
 * paths.
 */
function listFlag(kind: string, values: readonly string[]): string {
  return values.some((value) => /[\s,]/.test(value))
    ? `--allow-${kind}`
    : `--allow-${kind}=${[...new Set(values)].join(",")}`;
}

/**
 * Whether a plugin in the folder imports a package by its own address, which deno.json and the lock file do not
 * contain.
 */
function hasForeignPlugin(folder: string): boolean {
  return [...Deno.readDirSync(folder)].some(({ name, isFile }) =>
    isFile && name.endsWith(".ts") &&
    /\b(from|import)\s*\(?\s*["'](npm|jsr|https?):/.test(readIfThere(`${folder}/${name}`) ?? "")
  );
}

/** `undefined` when the file cannot be read: the relay itself reports that. */
function readIfThere(path: string): string | undefined {
  try {
    return isPipe(path) ? undefined : Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
