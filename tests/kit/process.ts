/**
 * The real relay as a process of its own, for the tests of signals, crashes and a second start.
 *
 * @module
 */
import { cp } from "node:fs/promises";
import { inherited, ROOT, startArgs } from "../../tasks/_start_process.ts";
import { eventually } from "./eventually.ts";
import { type TestAlert, webhook } from "./relay.ts";

export { inherited, ROOT, startArgs, temporaryFolder } from "../../tasks/_start_process.ts";

/** The options of a relay's start. */
export interface RelayProcessOptions {
  /** Its working folder, with `data/` and `fenghuo.yaml` in it. */
  readonly folder: string;
  /** Additional variables. Fenghuo's own variables never come from the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to `fenghuo.yaml` before the start. */
  readonly yaml?: string;
  /** The Deno binary that runs it; default: that of the tests. */
  readonly deno?: string;
  /** Run `deno task start` itself: `folder` must be a copy of the checkout. */
  readonly task?: boolean;
}

/** The address of a relay, and its credentials. */
export interface Greeting {
  /** Without a slash at the end; always on 127.0.0.1. */
  readonly url: string;
  readonly adminPassword: string;
  readonly intakeToken: string;
  /** The printed command for a first alert. */
  readonly curl: string;
}

/** The end of a process. */
export interface Ended {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  /** From the signal, or from the request, to the end. */
  readonly ms: number;
}

/** A message in the inbox, as `GET /inbox` shows it. */
export interface InboxMessage {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly body: string;
  readonly status: string;
  readonly reason: string;
  readonly alerts: number;
}

const LISTENS = /listens on \S+ \((\S+):(\d+)\)/i;
const UNCONFIGURED = /^Listening on http:\/\/(\S+?):(\d+)\//m;

/** A relay as a process. */
export class RelayProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #task: boolean;
  readonly #read: Promise<unknown>;
  #stdout = "";
  #stderr = "";
  #ended: Deno.CommandStatus | undefined;
  /** The environment's values, whose lines are missing in the greeting. */
  readonly #given: Readonly<Record<string, string>>;

  constructor(child: Deno.ChildProcess, { env = {}, task = false }: RelayProcessOptions) {
    this.#child = child;
    this.#task = task;
    this.#given = env;
    this.#read = Promise.all([
      collect(child.stdout, (text) => this.#stdout += text),
      collect(child.stderr, (text) => this.#stderr += text),
      child.status.then((status) => this.#ended = status),
    ]);
  }

  get pid(): number {
    return this.#child.pid;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The whole output, for the message of a failed test. */
  get output(): string {
    return `${this.#stdout}\n${this.#stderr}`;
  }

  /** Wait until it listens. @throws Error with its output when it ends before that */
  async listening(): Promise<Greeting> {
    const [, host, port] = await eventually("the relay to listen", () => {
      const place = LISTENS.exec(this.#stdout) ?? UNCONFIGURED.exec(this.output);
      return place ?? (this.#ended ? [] : undefined);
    }, { within: 20_000, every: 10 });
    if (port === undefined) throw new Error(`The relay ended with code ${this.#ended?.code}: ${this.output}`);
    return {
      url: `http://${host === "[::]" ? "127.0.0.1" : host}:${port}`,
      adminPassword: this.#given.FENGHUO_ADMIN_PASSWORD ?? after(this.#stdout, "admin password"),
      intakeToken: this.#given.FENGHUO_INTAKE_TOKEN ?? after(this.#stdout, "intake token"),
      curl: /^curl [^]*?'$/m.exec(this.#stdout)?.[0] ?? "",
    };
  }

  /** Wait until it ends on its own. */
  async ended({ within = 15_000 } = {}): Promise<Ended> {
    const started = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`The relay did not end within ${within} ms: ${this.output}`)),
        within,
      );
    });
    try {
      await Promise.race([this.#read, late]);
    } finally {
      clearTimeout(timer);
    }
    const { code, signal } = this.#ended!;
    return { code, signal, ms: performance.now() - started };
  }

  /** Stop or kill it, and wait for its end. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<Ended> {
    if (!this.#ended) this.#child.kill(signal);
    return await this.ended({ within: 8_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return void await this.#read;
    // A killed task leaves its child running; a task that is stopped forwards the signal.
    if (this.#task) await this.stop("SIGTERM").catch(() => {});
    if (!this.#ended) this.#child.kill("SIGKILL");
    await this.#read;
  }
}

/** Start a relay, which may fail to listen: see {@linkcode RelayProcess.listening}. */
export async function spawnRelay(options: RelayProcessOptions): Promise<RelayProcess> {
  const { folder, env = {}, yaml, task = false, deno = Deno.execPath() } = options;
  if (yaml !== undefined) await Deno.writeTextFile(`${folder}/fenghuo.yaml`, yaml);
  const child = new Deno.Command(deno, {
    args: task ? ["task", "start"] : await startArgs(folder, env),
    cwd: folder,
    clearEnv: true,
    env: { ...inherited(), PORT: "0", HOST: "127.0.0.1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return new RelayProcess(child, options);
}

/** Start a relay and wait until it listens. @throws Error with its output when it ends before that */
export async function startRelay(options: RelayProcessOptions): Promise<RelayProcess & Greeting> {
  const process = await spawnRelay(options);
  try {
    return Object.assign(process, await process.listening());
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
}

/** Post alerts to a listening relay, and check that they are accepted. @returns its answer */
export async function postTo(
  { url, intakeToken }: Pick<Greeting, "url" | "intakeToken">,
  ...alerts: readonly TestAlert[]
): Promise<unknown> {
  const response = await fetch(`${url}/webhook`, {
    method: "POST",
    headers: { authorization: `Bearer ${intakeToken}` },
    body: JSON.stringify(webhook(...alerts)),
  });
  const answer = await response.text();
  if (response.status !== 200) throw new Error(`Cannot post alerts: ${response.status} ${answer}`);
  return JSON.parse(answer);
}

/** The messages in a relay's inbox, the newest first. */
export async function inboxOf({ url, adminPassword }: Greeting): Promise<InboxMessage[]> {
  const response = await fetch(`${url}/inbox`, {
    headers: { accept: "application/json", authorization: `Basic ${btoa(`admin:${adminPassword}`)}` },
  });
  if (response.status !== 200) throw new Error(`GET /inbox: ${response.status} ${await response.text()}`);
  return (await response.json()).messages;
}

/** Parts of a checkout that a clone does not have. */
const NOT_CLONED = new Set([".git", "data", "node_modules", "coverage"]);

/** Copy the checkout, without files created since it was cloned. */
export async function copyCheckout(to: string): Promise<void> {
  for await (const { name } of Deno.readDir(ROOT)) {
    if (!NOT_CLONED.has(name)) await cp(`${ROOT}${name}`, `${to}/${name}`, { recursive: true });
  }
}

async function collect(stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) add(decoder.decode(chunk, { stream: true }));
}

function after(text: string, words: string): string {
  return new RegExp(`^ *${words} +(\\S+)$`, "m").exec(text)?.[1] ?? "";
}
