import { once } from "../base/once.ts";
import type { Send } from "../delivery/sender.ts";
import { reportFailure } from "../store/errors.ts";
import type { OutgoingHeartbeat } from "./outgoing_heartbeat.ts";
import type { UpkeepTools } from "./upkeep.ts";

/** The dependencies of the upkeep, in addition to the parts that exist from the start. */
export interface LazyUpkeepOptions {
  readonly drill: () => Promise<UpkeepTools["drill"]>;
  readonly send: Send;
  /** The reason why accepted alerts are not delivered, if they are not. */
  readonly held: string | undefined;
  /** Aborted when the relay stops. */
  readonly cutOff: AbortSignal;
  /** Called with an internal error, in words without secrets. */
  readonly report: (words: string) => void;
  /** The start of the relay, in epoch milliseconds. */
  readonly startedAt: number;
}

/** The upkeep, whose modules are loaded with its first run: a start does not need them. */
export class LazyUpkeep {
  /** The heartbeat that the relay sends; `undefined` before the first run. */
  outgoing: OutgoingHeartbeat | undefined;
  readonly #parts: Omit<UpkeepTools, "outgoing" | "drill">;
  readonly #options: LazyUpkeepOptions;
  readonly #tools = once(async (): Promise<UpkeepTools> => {
    const { OutgoingHeartbeat } = await import("./outgoing_heartbeat.ts");
    const { drill, ...options } = this.#options;
    const outgoing = new OutgoingHeartbeat({ ...this.#parts, ...options });
    this.outgoing = outgoing;
    return { ...this.#parts, outgoing, drill: await drill() };
  });
  readonly #upkeep = once(async () => {
    const { Upkeep } = await import("./tidy.ts");
    return new Upkeep(await this.#tools(), this.#options);
  });

  #isLiftWanted = false;
  #lifting: Promise<void> | undefined;

  constructor(parts: Omit<UpkeepTools, "outgoing" | "drill">, options: LazyUpkeepOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** Runs the jobs of each minute. @throws StoreError */
  async run(): Promise<void> {
    await (await this.#upkeep()).run();
  }

  /** Decides alerts without an inhibitor again, soon. After a failure the next minute's run does it. */
  lift(): void {
    this.#isLiftWanted = true;
    this.#lifting ??= this.#lift().finally(() => this.#lifting = undefined);
  }

  /** Waits until the work of {@linkcode lift} is done. */
  async idle(): Promise<void> {
    while (this.#lifting) await this.#lifting;
  }

  async #lift(): Promise<void> {
    try {
      const { liftInhibited } = await import("./lift_inhibited.ts");
      while (this.#isLiftWanted) {
        this.#isLiftWanted = false;
        await liftInhibited(await this.#tools());
      }
    } catch (error) {
      reportFailure(this.#options.report, "Cannot decide inhibited alerts again yet", error);
    }
  }

  /** Handles the incidents of these fingerprints that are due at this second. After a failure the next minute's run does it. */
  async runFor(fingerprints: ReadonlySet<string>): Promise<void> {
    try {
      const { runExactJobs } = await import("./exact.ts");
      await runExactJobs(fingerprints, await this.#tools());
    } catch (error) {
      reportFailure(this.#options.report, "Cannot see to the incidents that are due yet", error);
    }
  }
}
