/**
 * What `deno task start` may do, as flags: what the environment and the configuration file name, and no more. It prints
 * them, because a permission set in deno.json cannot know them.
 *
 * @module
 */
import { readVariables, VARIABLES, withFile } from "../relay/config/variables.ts";
import { namesIn, settings } from "../relay/config/mod.ts";
import { DATABASE_FILES } from "../relay/store/private_files.ts";

/** Where a relay is started from. */
export interface Start {
  /** The checkout. */
  readonly root: string;
  /** The working folder, with `data/` and perhaps `fenghuo.yaml`. */
  readonly folder: string;
  readonly get: (name: string) => string | undefined;
}

if (import.meta.main) {
  const root = Deno.realPathSync(new URL("../", import.meta.url));
  const flags = startFlags({ root, folder: Deno.cwd(), get: (name) => Deno.env.get(name) });
  // deno-lint-ignore no-console -- to print is what it is for
  console.log(flags.join(" "));
}

/** The flags of a start. */
export function startFlags({ root, folder, get }: Start): string[] {
  const { env } = readVariables(VARIABLES, get);
  const { settings: { configPath, kv = "./data/fenghuo.db", channels, templates } } = settings(env);
  const place = (path: string): string =>
    path.startsWith("file:")
      ? decodeURIComponent(new URL(path).pathname)
      : path.startsWith("/")
      ? path
      : `${folder}/${path.replace(/^(\.\/)+/, "")}`;
  const data = place("data");
  const isFile = !/^https?:/i.test(kv) && kv !== ":memory:";
  const store = isFile ? placesOf(place(kv)) : [];
  const names = [...VARIABLES, ...namesIn(readIfThere(place(configPath)) ?? "").flatMap(withFile)];
  const files = names.filter((name) => name.endsWith("_FILE")).flatMap((name) => get(name) || []);
  const write = [data, ...store];
  const read = [
    root,
    ...write,
    ...[configPath, channels, templates, ...files].flatMap((path) => path ? [place(path)] : []),
  ];
  return [
    listFlag("read", read),
    listFlag("write", write),
    // What is no file, such as a pipe, can be read only once: nobody knows yet what it will name.
    isPipe(place(configPath)) ? "--allow-env" : listFlag("env", names),
    // A plugin from elsewhere may need what no lock file has; all else stays as it was tested.
    ...channels || hasForeignPlugin(`${root}/channels`) ? ["--frozen=false"] : [],
  ];
}

/** A database's files; its folder only while it has to be made. */
function placesOf(database: string): string[] {
  const folder = database.replace(/\/[^/]*$/, "") || "/";
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

/** A list is split at commas, and the task's shell splits at spaces: such a path is allowed with all others. */
function listFlag(kind: string, values: readonly string[]): string {
  return values.some((value) => /[\s,]/.test(value))
    ? `--allow-${kind}`
    : `--allow-${kind}=${[...new Set(values)].join(",")}`;
}

/** Whether somebody has put a plugin into the folder that imports a package by itself, and not by deno.json. */
function hasForeignPlugin(folder: string): boolean {
  return [...Deno.readDirSync(folder)].some(({ name, isFile }) =>
    isFile && name.endsWith(".ts") &&
    /\b(from|import)\s*\(?\s*["'](npm|jsr|https?):/.test(readIfThere(`${folder}/${name}`) ?? "")
  );
}

/** What is not readable is the relay's to complain about. */
function readIfThere(path: string): string | undefined {
  try {
    return isPipe(path) ? undefined : Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
