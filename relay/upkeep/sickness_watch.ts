import type { Clock } from "../base/clock.ts";
import type { SicknessOptions } from "./sickness.ts";

/** Watches for sick destinations: their vendors fail or refuse their config. */
export class SicknessWatch {
  readonly #options: SicknessOptions & { readonly clock: Clock; readonly report: (words: string) => void };
  /** Checks run one at a time, so that each sees the notifications of the previous one. */
  #checking = Promise.resolve();

  constructor(options: SicknessOptions & { clock: Clock; report: (words: string) => void }) {
    this.#options = options;
  }

  /** Notify of destinations that are sick or have recovered. Reports errors; the next check tries again. */
  check(): Promise<void> {
    const { clock, report } = this.#options;
    const notify = async (): Promise<void> => {
      const { notifyOfSickness } = await import("./sickness.ts");
      await notifyOfSickness(this.#options, clock.now());
    };
    this.#checking = this.#checking.then(notify)
      .catch((error) => report(`Cannot notify of a sick destination: ${error}`));
    return this.#checking;
  }

  /** Wait until no check is under way. */
  async idle(): Promise<void> {
    await this.#checking;
  }
}
