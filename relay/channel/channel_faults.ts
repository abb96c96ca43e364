/**
 * Faults of channels that were loaded: what a look at their definitions found, and the errors of their own code since the
 * start. They are mended in the plugin's file, which is read at a start: so nothing is taken from the list.
 *
 * @module
 */

/** A fault, and how often it came up. */
export interface ChannelFault {
  /** The channel's name; `undefined` if the error does not show whose it is. */
  readonly channel: string | undefined;
  /** One sentence without secrets and without its final period: what is wrong, and what mends it. */
  readonly words: string;
  readonly times: number;
}

/** Different faults that are kept, at most: the words of an error may hold a number that is new each time. */
const MAX_FAULTS = 50;

/** The faults of channels since the start. */
export class ChannelFaults {
  readonly #faults = new Map<string, ChannelFault>();
  readonly #report: (words: string) => void;

  /** @param report Called with a sentence at the first, the tenth, the hundredth … time of a fault */
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

  /** All faults, in the order in which they came up first. */
  list(): readonly ChannelFault[] {
    return [...this.#faults.values()];
  }
}

/** `The channel "gotify": request throws: … (3 times since the start)` */
export function faultText({ channel, words, times }: ChannelFault): string {
  const whose = channel === undefined ? "A plugin or a library" : `The channel "${channel}"`;
  return `${whose}: ${words}${times > 1 ? ` (${times} times since the start)` : ""}`;
}
