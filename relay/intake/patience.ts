import { Deadline } from "../base/deadline.ts";

/** Callers that came together. */
interface Party<T> {
  readonly callers: T[];
  /** The number of unanswered ones. */
  waiting: number;
  readonly answered: () => void;
}

/** The longest wait of callers for their answer. Concurrent callers share a time limit, which costs little for each. */
export class Patience<T> {
  readonly #deadline: Deadline;
  readonly #expire: (callers: readonly T[]) => void;
  #arriving: Party<T> | undefined;

  /** `expire`: called with callers whose time limit has passed; some of them may already be answered. */
  constructor(ms: number, expire: (callers: readonly T[]) => void) {
    this.#deadline = new Deadline(ms);
    this.#expire = expire;
  }

  /** The time limit of a caller begins. @returns a function to call when the caller is answered */
  begin(caller: T): () => void {
    const party = this.#arriving ??= this.#gather();
    party.callers.push(caller);
    party.waiting++;
    return party.answered;
  }

  /** Gives later callers a time limit of their own. */
  part(): void {
    this.#arriving = undefined;
  }

  #gather(): Party<T> {
    const callers: T[] = [];
    const stop = this.#deadline.begin(() => this.#expire(callers));
    const answered = (): void => {
      if (--party.waiting > 0) return;
      stop();
      if (this.#arriving === party) this.#arriving = undefined;
    };
    const party: Party<T> = { callers, waiting: 0, answered };
    return party;
  }
}
