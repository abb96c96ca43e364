import type { Clock } from "../base/clock.ts";
import type { SicknessOptions } from "./sickness.ts";

/** Looks after the destinations whose vendors accept nothing. */
export class SicknessWatch {
  readonly #options: SicknessOptions & { readonly clock: Clock; readonly report: (words: string) => void };
  /** One check at a time, so that each sees what the one before has notified. */
  #checking = Promise.resolve();

  constructor(options: SicknessOptions & { clock: Clock; report: (words: string) => void }) {
    this.#options = options;
  }

  /** Notify of destinations that are sick, or well again. An error is only reported: the next check tries again. */
  check(): Promise<void> {
    const { clock, report } = this.#options;
    const tell = async (): Promise<void> => {
      const { tellOfSickness } = await import("./sickness.ts");
      await tellOfSickness(this.#options, clock.now());
    };
    this.#checking = this.#checking.then(tell)
      .catch((error) => report(`Cannot tell of a sick destination: ${error}`));
    return this.#checking;
  }

  /** Wait until no check is under way. */
  async idle(): Promise<void> {
    await this.#checking;
  }
}
