/**
 * Finds and starts a real `denokv` server, for tests, measurements and people who try several relays.
 *
 * @module
 */

/** A running `denokv`. */
export interface Denokv extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
  readonly pid: number;
  /** Stop the server, and wait for its end. */
  stop(): Promise<void>;
}

/** The command that installs `denokv`, for messages. */
export const GET_DENOKV = "cargo install denokv --locked";

/**
 * The program: the path in `$DENOKV`, or `denokv` in `$PATH` or in `~/.cargo/bin`; `undefined` when there is none.
 *
 * @throws Error when `$DENOKV` names no file
 */
export async function findDenokv(): Promise<string | undefined> {
  const named = Deno.env.get("DENOKV");
  if (named) {
    if (await isFile(named)) return named;
    throw new Error(`Cannot find denokv: DENOKV is "${named}", and there is no such file`);
  }
  const folders = (Deno.env.get("PATH") ?? "").split(Deno.build.os === "windows" ? ";" : ":");
  const home = Deno.env.get("HOME");
  if (home) folders.push(`${home}/.cargo/bin`);
  for (const folder of folders) {
    if (folder !== "" && await isFile(`${folder}/denokv`)) return `${folder}/denokv`;
  }
}

/**
 * Start `denokv` on 127.0.0.1, at any free port. `detached`: in a process group of its own.
 *
 * @throws Error with its output when it does not start
 */
export async function startDenokv(
  { program, path, token, detached = false }: {
    program: string;
    path: string;
    token: string;
    detached?: boolean;
  },
): Promise<Denokv> {
  const args = ["--sqlite-path", path, "serve", "--addr", "127.0.0.1:0"];
  const child = new Deno.Command(program, {
    args,
    env: { DENO_KV_ACCESS_TOKEN: token, RUST_LOG: "info", NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    detached,
  }).spawn();
  const listens = Promise.withResolvers<string>();
  const read = (async (): Promise<void> => {
    let output = "";
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      if (output.length < 10_000) output += text;
      const [, url] = /Listening on (http:\S+)/.exec(output) ?? [];
      if (url !== undefined) listens.resolve(url);
    }
    listens.reject(new Error(`Cannot start denokv: ${output.trim()}`));
  })();
  const stop = async (): Promise<void> => {
    try {
      child.kill("SIGTERM");
    } catch {
      // The process has already ended.
    }
    await Promise.all([child.status, read]);
  };
  return { url: await listens.promise, pid: child.pid, stop, [Symbol.asyncDispose]: stop };
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((stat) => stat.isFile, () => false);
}
