import { KV_TOKEN } from "../simulator/kv_connect.ts";
import { inherited, ROOT, startArgs, temporaryFolder } from "../tasks/_start_process.ts";

/** The intake token of every measured relay. */
export const TOKEN = "bench-token";

/** The admin password of every measured relay. */
export const PASSWORD = "bench-password";

/** A server that listens. */
export interface Running {
  /** Without a slash at the end. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A relay that listens, and its working folder. */
export interface RunningRelay extends Running {
  readonly folder: string;
}

/** The line in which our programs announce their address. */
const LISTENS = /\((127\.0\.0\.1):(\d+)\)/;

/** The same line of programs written in Go. */
const LISTENS_IN_GO = /msg="Listening on" address=(127\.0\.0\.1):(\d+)/;

/** Starts the programs of a figure, each a process of its own, and ends them all. */
export class Programs implements AsyncDisposable {
  readonly #children = new Set<Deno.ChildProcess>();
  readonly #folders: (AsyncDisposable & { path: string })[] = [];

  /** A folder that is removed with the figure. */
  async folder(): Promise<string> {
    const folder = await temporaryFolder();
    this.#folders.push(folder);
    return folder.path;
  }

  /** The real relay. `folder`: the folder of an earlier relay, with its database. */
  async relay(yaml: string, options: { folder?: string } = {}): Promise<RunningRelay> {
    const folder = options.folder ?? await this.folder();
    await Deno.writeTextFile(`${folder}/fenghuo.yaml`, yaml);
    const env = {
      PORT: "0",
      HOST: "127.0.0.1",
      FENGHUO_KEY: "bench-key",
      FENGHUO_ADMIN_PASSWORD: PASSWORD,
      FENGHUO_INTAKE_TOKEN: TOKEN,
    };
    const child = this.#spawnDeno(await startArgs(folder, env), { cwd: folder, env });
    return { ...await this.#listening(child), folder };
  }

  /** A server of `bench/programs/`, with its arguments. */
  async server(name: string, ...args: string[]): Promise<Running> {
    const env = { DENO_KV_ACCESS_TOKEN: KV_TOKEN };
    return await this.#listening(this.#spawnDeno(argsOf(name, args), { cwd: await this.folder(), env }));
  }

  /** A server that is installed on this machine, in a folder of its own, with the files that it reads there. */
  async installed(
    program: string,
    args: readonly string[],
    files: Readonly<Record<string, string>>,
  ): Promise<Running> {
    const folder = await this.folder();
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
    const child = this.#spawn(program, [...args], { cwd: folder, env: {} });
    void child.stdout.cancel();
    return await this.#listening(child, child.stderr, LISTENS_IN_GO);
  }

  /** Run a program of `bench/programs/` to its end. @returns the JSON that it prints. */
  async run<T>(name: string, options: unknown): Promise<T> {
    const child = this.#spawnDeno(argsOf(name, [JSON.stringify(options)]), { cwd: ROOT, env: {} });
    const text = await new Response(child.stdout).text();
    const { code } = await child.status;
    this.#children.delete(child);
    if (code !== 0) throw new Error(`bench/programs/${name}.ts ended with code ${code}`);
    return JSON.parse(text) as T;
  }

  /** Kill the programs that still run, and remove the folders. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#children].map((child) => end(child, "SIGKILL")));
    this.#children.clear();
    await Promise.all(this.#folders.splice(0).map((folder) => folder[Symbol.asyncDispose]()));
  }

  async #listening(
    child: Deno.ChildProcess,
    output: ReadableStream<Uint8Array> = child.stdout,
    listens: RegExp = LISTENS,
  ): Promise<Running> {
    return {
      url: await addressIn(output, listens),
      pid: child.pid,
      stop: async () => {
        await end(child, "SIGTERM");
        this.#children.delete(child);
      },
    };
  }

  #spawnDeno(args: string[], options: { cwd: string; env: Record<string, string> }): Deno.ChildProcess {
    const child = this.#spawn(Deno.execPath(), args, options);
    void showErrors(child.stderr);
    return child;
  }

  #spawn(
    program: string,
    args: string[],
    { cwd, env }: { cwd: string; env: Record<string, string> },
  ): Deno.ChildProcess {
    const child = new Deno.Command(program, {
      args,
      cwd,
      clearEnv: true,
      env: { ...inherited(), ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#children.add(child);
    return child;
  }
}

/** The resident memory of a process, in bytes. */
export async function residentBytes({ pid }: Running): Promise<number> {
  // Deno itself cannot read /proc without all permissions, and a small Linux has no `ps`.
  const [command, args] = Deno.build.os === "linux"
    ? ["cat", [`/proc/${pid}/status`]] as const
    : ["ps", ["-o", "rss=", "-p", String(pid)]] as const;
  const { stdout } = await new Deno.Command(command, { args: [...args] }).output();
  const text = new TextDecoder().decode(stdout);
  return 1024 * Number((/^VmRSS:\s*(\d+)/m.exec(text) ?? /^\s*(\d+)/.exec(text))?.[1]);
}

function argsOf(name: string, args: string[]): string[] {
  return ["run", "-P=bench", `--config=${ROOT}deno.json`, `${ROOT}bench/programs/${name}.ts`, ...args];
}

/** The address that a server prints; its later output is discarded. @throws Error when it ends before that */
function addressIn(output: ReadableStream<Uint8Array>, listens: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const read = async (): Promise<void> => {
      let text: string | undefined = "";
      for await (const part of output.pipeThrough(new TextDecoderStream())) {
        if (text === undefined) continue;
        text += part;
        const [, host, port] = listens.exec(text) ?? [];
        if (port === undefined) continue;
        text = undefined;
        resolve(`http://${host}:${port}`);
      }
      reject(new Error("Cannot measure: a program ended before it listened"));
    };
    read().catch(reject);
  });
}

/** Show a program's errors, and hide the lines of every normal start. */
async function showErrors(stderr: ReadableStream<Uint8Array>): Promise<void> {
  for await (const text of stderr.pipeThrough(new TextDecoderStream())) {
    const lines = text.split("\n").filter((line) =>
      line !== "" && !line.startsWith("Warning Permissions in")
    );
    // deno-lint-ignore no-console -- it is an error of a program that is ours
    if (lines.length > 0) console.error(lines.join("\n"));
  }
}

async function end(child: Deno.ChildProcess, signal: Deno.Signal): Promise<void> {
  try {
    child.kill(signal);
  } catch {
    // The process has already ended.
  }
  await child.status;
}
