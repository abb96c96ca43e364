/** Where time comes from. The relay gets one, so that its tests can hold the time in their hands. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Call `run` once at the time `at`, or soon when it is past. @returns a function that takes it back. */
  at(at: number, run: () => void): () => void;
}

/** The longest delay that a timer takes: a longer one would fire at once. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  at(at, run): () => void {
    const timer = setTimeout(run, Math.min(Math.max(0, at - Date.now()), LONGEST_DELAY));
    return () => clearTimeout(timer);
  },
};
