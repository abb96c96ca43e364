/**
 * A platform as strict as Deno Deploy may be: it starts an instance for a request and kills it soon after the answer,
 * keeps only the assigned database, runs the crons itself, and refuses late registrations.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { CronPlatform } from "./cron_platform.ts";
import { type RelayProcess, spawnRelay } from "./process.ts";

/** The life of an instance after its last answer, in milliseconds. */
const LINGERS = 50;

/** The options of a platform. */
export interface EdgePlatformOptions {
  /** An empty folder. */
  readonly folder: string;
  /** The environment of the app, with the address of its database if one is assigned. */
  readonly env: Readonly<Record<string, string>>;
}

/** An instance, and the platform's side of its crons. */
interface Instance extends AsyncDisposable {
  readonly url: string;
  readonly crons: CronPlatform;
}

/** A running platform. */
export class EdgePlatform implements AsyncDisposable {
  readonly #options: EdgePlatformOptions;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #instance: Promise<Instance> | undefined;
  #underWay = 0;
  #ending: Promise<unknown> = Promise.resolve();
  #instances = 0;

  constructor(options: EdgePlatformOptions) {
    this.#options = options;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#with((instance) => forward(request, instance)),
    );
  }

  /** The address of the app, without a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** The number of instances so far. */
  get instances(): number {
    return this.#instances;
  }

  /** Run the app's cron, as the platform does each minute. @returns whether it succeeded */
  async tick(): Promise<boolean> {
    return await this.#with(({ crons }) => crons.invoke("tidy"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await this.#ending;
  }

  /** Use an instance, concurrently with others; it is killed soon after the last of them. */
  async #with<T>(use: (instance: Instance) => Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await use(await (this.#instance ??= this.#start()));
    } finally {
      // An earlier end may still be stopping the instance.
      if (--this.#underWay === 0) this.#ending = Promise.all([this.#ending, this.#end()]);
    }
  }

  async #end(): Promise<void> {
    await delay(LINGERS);
    if (this.#underWay > 0) return;
    const instance = this.#instance;
    this.#instance = undefined;
    await (await instance)?.[Symbol.asyncDispose]();
  }

  async #start(): Promise<Instance> {
    const { folder, env } = this.#options;
    this.#instances++;
    const crons = new CronPlatform();
    const relay: RelayProcess = await spawnRelay({
      folder,
      env: { ...env, ...crons.env, DENO_DEPLOY: "true" },
    });
    const dispose = async (): Promise<void> => {
      await relay[Symbol.asyncDispose]();
      await crons[Symbol.asyncDispose]();
    };
    try {
      await crons.registered();
      await crons.refuseMore();
      const { url } = await relay.listening();
      return { url, crons, [Symbol.asyncDispose]: dispose };
    } catch (error) {
      await dispose();
      throw error;
    }
  }
}

async function forward(request: Request, { url }: Instance): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const { method, headers } = request;
  const body = method === "GET" ? undefined : await request.arrayBuffer();
  const answer = await fetch(`${url}${pathname}${search}`, {
    method,
    headers,
    redirect: "manual",
    ...body && { body },
  });
  const bytes = await answer.arrayBuffer();
  const { status } = answer;
  const kept = new Headers(answer.headers);
  kept.delete("content-encoding"); // fetch has decoded it
  kept.delete("content-length");
  return new Response(bytes, { status, headers: kept });
}
