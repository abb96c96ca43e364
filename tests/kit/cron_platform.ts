/**
 * A platform that runs crons as Deno Deploy does: it accepts registrations over the runtime's cron socket, refuses
 * late ones, and invokes crons by name.
 *
 * The protocol is Deno's own (`ext/cron`): a JSON object a line. `register`, `result` and `reject-ack` come from the
 * runtime; `invoke` and `reject-new-crons` go to it.
 *
 * @module
 */
import { eventually } from "./eventually.ts";

/** A message of the runtime. */
type FromRuntime =
  | { readonly kind: "register"; readonly crons: readonly { name: string; schedule: string }[] }
  | { readonly kind: "result"; readonly name: string; readonly success: boolean }
  | { readonly kind: "reject-ack" };

/** The platform's side of the socket. */
export class CronPlatform implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #heard: FromRuntime[] = [];
  #connection: Deno.TcpConn | undefined;
  readonly #reading: Promise<void> = this.#read();

  /** The environment for the process whose crons it runs. */
  get env(): Record<string, string> {
    return { DENO_UNSTABLE_CRON_SOCK: `tcp:127.0.0.1:${this.#listener.addr.port}` };
  }

  /** The names of the crons, once any is registered. */
  async registered(): Promise<string[]> {
    const of = (): string[] =>
      this.#heard.flatMap((message) =>
        message.kind === "register" ? message.crons.map(({ name }) => name) : []
      );
    return await eventually("a cron to be registered", () => of().length > 0 && of(), { every: 5 });
  }

  /** Refuse crons that are registered from now on, as the platform does once a server listens. */
  async refuseMore(): Promise<void> {
    await this.#say({
      kind: "reject-new-crons",
      reason: "Crons must be registered before the server starts",
    });
    await eventually("the refusal to be heard", () => this.#heard.some(({ kind }) => kind === "reject-ack"));
  }

  /** Run a cron, and wait for its end. @returns whether it succeeded */
  async invoke(name: string): Promise<boolean> {
    const before = this.#heard.length;
    await this.#say({ kind: "invoke", name });
    const result = await eventually(
      `the cron ${name} to end`,
      () => this.#heard.slice(before).find((message) => message.kind === "result" && message.name === name),
    );
    return result.kind === "result" && result.success;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#reading;
  }

  async #say(message: unknown): Promise<void> {
    await this.#connection!.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    try {
      this.#connection = await this.#listener.accept();
      for await (const chunk of this.#connection.readable) {
        const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split("\n");
        rest = lines.pop()!;
        for (const line of lines) this.#heard.push(JSON.parse(line));
      }
    } catch (error) {
      // The process was killed, or never connected.
      if (!(error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BadResource)) {
        throw error;
      }
    }
  }
}
