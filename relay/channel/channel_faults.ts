/**
 * Faults of loaded channels: findings about their definitions, and errors of their own code since the start. A plugin's file
 * is only read at a start, so a fault stays in the list until then.
 *
 * @module
 */

/** A fault, and the number of its occurrences. */
export interface ChannelFault {
  /** The channel's name; `undefined` if the error does not identify it. */
  readonly channel: string | undefined;
  /** One sentence without secrets and without its final period: the error, and its remedy. */
  readonly words: string;
  readonly times: number;
}

/** The most different faults that are stored: an error's message may contain a number that changes each time. */
const MAX_FAULTS = 50;

/** The faults of channels since the start. */
export class ChannelFaults {
  readonly #faults = new Map<string, ChannelFault>();
  readonly #report: (words: string) => void;

  /** @param report Called with a sentence at the first, the tenth, the hundredth … occurrence of a fault */
  constructor(report: (words: string) => void = () => {}) {
    this.#report = report;
  }

  /** Count a fault. `words` must not contain a secret. */
  add(channel: string | undefined, words: string): void {
    const key = `${channel} ${words}`;
    const times = (this.#faults.get(key)?.times ?? 0) + 1;
    if (times === 1 && this.#faults.size >= MAX_FAULTS) {
      this.#faults.delete(this.#faults.keys().next().value!);
    }
    const fault = { channel, words, times };
    this.#faults.set(key, fault);
    if (/^10*$/.test(String(times))) this.#report(faultText(fault));
  }

  /** All faults, in the order of their first occurrence. */
  list(): readonly ChannelFault[] {
    return [...this.#faults.values()];
  }
}

/** `The channel "gotify": request throws: … (3 times since the start)` */
export function faultText({ channel, words, times }: ChannelFault): string {
  const whose = channel === undefined ? "A plugin or a library" : `The channel "${channel}"`;
  return `${whose}: ${words}${times > 1 ? ` (${times} times since the start)` : ""}`;
}
