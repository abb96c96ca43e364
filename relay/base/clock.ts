/** The source of time. It is injected, so that tests control the time. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls `run` once at the time `at`, or soon if it is past. @returns a function that cancels it. */
  at(at: number, run: () => void): () => void;
}

/** The longest delay of a timer: a longer one would fire immediately. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** The system's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  at(at, run): () => void {
    const timer = setTimeout(run, Math.min(Math.max(0, at - Date.now()), LONGEST_DELAY));
    return () => clearTimeout(timer);
  },
};
