import type { Clock } from "../base/clock.ts";
import { reportFailure } from "../store/errors.ts";
import type { KnownSickness, SicknessOptions } from "./sickness.ts";

/** The interval at which an instance without a sick destination looks for those of other instances, in milliseconds. */
const LOOK_EVERY = 5 * 60_000;

/** Watches for sick destinations: their vendors fail or refuse their config. */
export class SicknessWatch {
  readonly #options: SicknessOptions & { readonly clock: Clock; readonly report: (words: string) => void };
  /** Checks run one at a time, so that each sees the notifications of the previous one. */
  #checking = Promise.resolve();
  readonly #known: KnownSickness = { destinations: new Set(), scannedAt: -Infinity };
  #checkedAt = -Infinity;

  constructor(options: SicknessOptions & { clock: Clock; report: (words: string) => void }) {
    this.#options = options;
  }

  /** Runs {@linkcode check} each minute; on a shared store every five minutes without a known sick destination. */
  async tidy(now: number): Promise<void> {
    const { store: { isShared } } = this.#options;
    if (isShared && this.#known.destinations.size === 0 && now < this.#checkedAt + LOOK_EVERY) return;
    this.#checkedAt = now;
    await this.check();
  }

  /** Notify of destinations that are sick or have recovered. Reports errors; the next check tries again. */
  check(): Promise<void> {
    const { clock, report } = this.#options;
    const notify = async (): Promise<void> => {
      const { notifyOfSickness } = await import("./sickness.ts");
      await notifyOfSickness(this.#options, { now: clock.now(), known: this.#known });
    };
    this.#checking = this.#checking.then(notify)
      .catch((error) => reportFailure(report, "Cannot notify of a sick destination", error));
    return this.#checking;
  }

  /** Waits for the current check. */
  async idle(): Promise<void> {
    await this.#checking;
  }
}
