/**
 * Several relays on one database, as processes on this machine: a `denokv` server (or the proxy's own store), the KV
 * Connect proxy with its deliberate faults, and the relays, each with its own address at the proxy.
 *
 * @module
 */
import { KV_TOKEN, type KvConnect, startKvConnect } from "../simulator/kv_connect.ts";
import { startDenokv } from "./_denokv.ts";
import { inherited, startArgs, temporaryFolder } from "./_start_process.ts";
import { watchOver } from "./_watchdog.ts";

/** The admin password of every relay of a fleet. */
export const FLEET_PASSWORD = "fleet-password";

/** The token for the webhooks of every relay of a fleet. */
export const FLEET_TOKEN = "fleet-token";

/** Time limits for a relay's start and stop, in milliseconds. */
const START_WITHIN = 30_000;
const STOP_WITHIN = 8_000;

/** The most characters of a relay's output that are stored, for the message of a failure. */
const KEPT_OUTPUT = 50_000;

/** The options of {@linkcode startFleet}. */
export interface FleetOptions {
  /** The names of the relays; default a, b, c. */
  readonly names?: readonly string[];
  /** The names of further addresses at the proxy, for other clients. */
  readonly others?: readonly string[];
  /** The configuration of all relays. */
  readonly yaml: string;
  /** The `denokv` program; without it the proxy uses its own store. */
  readonly denokv?: string | undefined;
  /** The port of the first relay; the others, the proxy's control API and its instances follow. Default: any free ports. */
  readonly port?: number | undefined;
  /** The seed of the proxy's random faults. */
  readonly seed?: number;
  /** Environment variables in addition to those of every relay in a fleet. */
  readonly env?: Readonly<Record<string, string>>;
  /** The same for one relay. */
  readonly envOf?: (relay: string) => Readonly<Record<string, string>>;
  /** Called with each line that a relay prints. */
  readonly onLine?: (relay: string, line: string) => void;
  /** Called when a relay ends without being stopped. */
  readonly onEnd?: (relay: string) => void;
  /** Start the processes in groups of their own, which a Ctrl-C in a terminal does not reach. */
  readonly detached?: boolean;
}

/** A relay of a fleet. */
export interface FleetRelay {
  readonly name: string;
  /** Without a slash at the end; the same after each start. */
  readonly url: string;
  readonly pid: number;
  readonly running: boolean;
  /** The newest lines of its output. */
  readonly output: string;
}

/** Relays that share a database. */
export interface Fleet extends AsyncDisposable {
  readonly proxy: KvConnect;
  readonly relays: readonly FleetRelay[];
  /** @throws Error when there is no such relay */
  relay(name: string): FleetRelay;
  /** Start a relay that has ended. */
  start(name: string): Promise<void>;
  /** Stop a relay, and wait for its end. @returns the duration in milliseconds */
  end(name: string, signal: "SIGTERM" | "SIGKILL"): Promise<number>;
}

/** Start a fleet. @throws Error with the output of a process that does not start */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { names = ["a", "b", "c"], others = [], denokv, port, seed = 1, detached = false } = options;
  await using started = new AsyncDisposableStack();
  const folder = started.use(await temporaryFolder());
  started.use(watchOver(folder.path));
  const upstream = denokv === undefined ? undefined : started.use(
    await startDenokv({ program: denokv, path: `${folder.path}/kv.db`, token: KV_TOKEN, detached }),
  ).url;
  const proxyPort = port === undefined ? undefined : port + names.length;
  const proxy = started.use(
    await startKvConnect({
      upstream,
      path: `${folder.path}/kv.db`,
      instances: [...names, ...others],
      port: proxyPort,
      seed,
    }),
  );
  const relays = names.map((name, at) =>
    new FleetMember(name, {
      ...options,
      home: `${folder.path}/${name}`,
      kv: proxy.urlOf(name),
      port: port === undefined ? 0 : port + at,
    })
  );
  started.defer(() => Promise.all(relays.map((relay) => relay.end("SIGTERM"))).then(() => {}));
  await Promise.all(relays.map((relay) => relay.start()));
  const relayOf = (name: string): FleetMember => {
    const relay = relays.find((relay) => relay.name === name);
    if (relay === undefined) throw new Error(`there is no relay "${name}"; there is ${names.join(", ")}`);
    return relay;
  };
  const owned = started.move();
  return {
    proxy,
    relays,
    relay: relayOf,
    start: (name) => relayOf(name).start(),
    end: (name, signal) => relayOf(name).end(signal),
    [Symbol.asyncDispose]: () => {
      proxy.heal(); // relays that stop still write to the database
      return owned.disposeAsync();
    },
  };
}

const LISTENS = /listens on \S+ \(127\.0\.0\.1:(\d+)\)/;

/** A process that can be restarted. */
class FleetMember implements FleetRelay {
  readonly name: string;
  readonly #options: FleetOptions & { home: string; kv: string };
  #port: number;
  #child: Deno.ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #stopping = false;
  #output = "";

  constructor(name: string, { port = 0, ...options }: FleetOptions & { home: string; kv: string }) {
    this.name = name;
    this.#options = options;
    this.#port = port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  get output(): string {
    return this.#output;
  }

  async start(): Promise<void> {
    if (this.#child !== undefined) return;
    const { home, kv, yaml, env = {}, envOf, detached = false, onEnd } = this.#options;
    await Deno.mkdir(home, { recursive: true });
    await Deno.writeTextFile(`${home}/fenghuo.yaml`, yaml);
    const variables = {
      PORT: String(this.#port),
      HOST: "127.0.0.1",
      FENGHUO_KV: kv,
      DENO_KV_ACCESS_TOKEN: KV_TOKEN,
      FENGHUO_KEY: "fleet-key-of-all-relays",
      FENGHUO_ADMIN_PASSWORD: FLEET_PASSWORD,
      FENGHUO_INTAKE_TOKEN: FLEET_TOKEN,
      ...env,
      ...envOf?.(this.name),
    };
    const child = new Deno.Command(Deno.execPath(), {
      args: await startArgs(home, variables),
      cwd: home,
      clearEnv: true,
      env: { ...inherited(), ...variables },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached,
    }).spawn();
    this.#child = child;
    this.#stopping = false;
    this.#output = "";
    const listens = Promise.withResolvers<void>();
    const hear = (line: string): void => {
      this.#output = `${this.#output}${line}\n`.slice(-KEPT_OUTPUT);
      this.#options.onLine?.(this.name, line);
      const [, port] = LISTENS.exec(line) ?? [];
      if (port === undefined) return;
      this.#port = Number(port);
      listens.resolve();
    };
    const reading = Promise.all([eachLine(child.stdout, hear), eachLine(child.stderr, hear), child.status]);
    this.#ended = reading.then(() => {
      this.#child = undefined;
      listens.reject(new Error(`Cannot start the relay ${this.name}: it ended: ${this.#output}`));
      if (!this.#stopping) onEnd?.(this.name);
    });
    const timer = setTimeout(
      () =>
        listens.reject(new Error(`Cannot start the relay ${this.name}: it does not listen: ${this.#output}`)),
      START_WITHIN,
    );
    await listens.promise.finally(() => clearTimeout(timer));
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<number> {
    const began = performance.now();
    this.#stopping = true;
    this.#child?.kill(signal);
    const timer = setTimeout(() => this.#child?.kill("SIGKILL"), STOP_WITHIN);
    await this.#ended.finally(() => clearTimeout(timer));
    return performance.now() - began;
  }
}

async function eachLine(stream: ReadableStream<Uint8Array>, hear: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) hear(line);
  }
  if (rest !== "") hear(rest);
}
