/**
 * Starts the real relay as a process in another folder, for tests and measurements.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { copyLock, startFlags } from "./_start_flags.ts";

/** The checkout, with a slash at its end. */
export const ROOT: string = fileURLToPath(new URL("../", import.meta.url));

/** A temporary folder, removed on disposal. */
export async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "fenghuo-" }));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/**
 * The arguments of `deno task start` for a relay in another working folder. The permissions of deno.json are for the
 * checkout, so flags on the command line replace them.
 */
export async function startArgs(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const command = tasks.start.command as string;
  const [, before, after] =
    /^deno run (.*?)\$\(deno run [^)]*tasks\/_start_flags\.ts\)(.*) main\.ts$/.exec(command) ?? [];
  if (before === undefined || after === undefined) {
    throw new Error(`Cannot read the start task: it is "${command}"`);
  }
  const flags = startFlags({ root: ROOT.replace(/\/$/, ""), folder, get: (name) => env[name] });
  if (flags.some((flag) => flag.startsWith("--lock="))) await copyLock({ root: ROOT, folder });
  const words = `${before} ${after}`.split(" ").filter((word) => word !== "");
  return ["run", ...words, ...flags, `--config=${ROOT}deno.json`, `${ROOT}main.ts`];
}

/** This process's environment without the variables that a relay reads. */
export function inherited(): Record<string, string> {
  const env = Object.entries(Deno.env.toObject()).filter(([name]) =>
    !/^(FENGHUO_.*|PORT|HOST|DENO_DEPLOY.*|DENO_TIMELINE|DENO_SERVE_ADDRESS)$/.test(name)
  );
  return { ...Object.fromEntries(env), NO_COLOR: "1" };
}
