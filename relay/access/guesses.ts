import { sha256Hex } from "../hash.ts";
import { Throttle } from "./throttle.ts";

/** Whose password is tried, and from where. */
export interface Trier {
  readonly account: string;
  /** An address, or what stands for it. */
  readonly place: string;
}

/** A try that has begun: it counts as a failure until one of these is called. */
export interface Try {
  /** The password was right: the failures of this account from this place are forgotten, and nobody else's. */
  succeeded(): void;
  /** It was not looked at. */
  undo(): void;
}

/** The longest wait for a place. */
const PLACE_WAIT = 15 * 60_000;

/** The longest wait for an account: short, or a stranger could keep its owner out. */
const ACCOUNT_WAIT = 30_000;

/** Pairs of account and place that are remembered as good. */
const MOST_KNOWN = 1_000;

/**
 * Where an account signed in from, nobody who guesses elsewhere, or guesses another account there, keeps it waiting. It
 * waits only after so many of its own failures from there.
 */
const FREE_WHERE_KNOWN = 100;

/** Bounds how often passwords are guessed: from a place, and of an account from everywhere. */
export class Guesses {
  readonly #byPlace: Throttle;
  readonly #byAccount: Throttle;
  readonly #byPair: Throttle;
  readonly #known = new Set<string>();

  /** `free`: tries that fail before one has to wait. */
  constructor({ free }: { free: number }) {
    this.#byPlace = new Throttle({ free, longest: PLACE_WAIT });
    this.#byAccount = new Throttle({ free, longest: ACCOUNT_WAIT });
    this.#byPair = new Throttle({ free: FREE_WHERE_KNOWN, longest: ACCOUNT_WAIT });
  }

  /** Begin a try, or `wait`: milliseconds until one is looked at. Tries that come together are counted, too. */
  begin(trier: Trier, now: number): Try | { readonly wait: number } {
    const { account, place, pair } = keysOf(trier);
    const wait = this.#known.has(pair)
      ? this.#byPair.wait(pair, now)
      : Math.max(this.#byPlace.wait(place, now), this.#byAccount.wait(account, now));
    if (wait > 0) return { wait };
    const undo = [
      this.#byPlace.fail(place, now),
      this.#byAccount.fail(account, now),
      this.#byPair.fail(pair, now),
    ];
    return {
      succeeded: () => {
        const own = this.#byPair.failuresOf(pair, now);
        this.#byPlace.forgive(place, own);
        this.#byAccount.forgive(account, own);
        this.#byPair.forgive(pair, own);
        this.#remember(pair);
      },
      undo: () => undo.forEach((forget) => forget()),
    };
  }

  #remember(pair: string): void {
    this.#known.delete(pair); // the newest stands last
    this.#known.add(pair);
    if (this.#known.size > MOST_KNOWN) this.#known.delete(this.#known.values().next().value!);
  }
}

/** Whatever was typed or sent, it takes no more memory than its hash. */
function keysOf({ account, place }: Trier): { account: string; place: string; pair: string } {
  const keys = { account: sha256Hex(account, 16), place: sha256Hex(place, 16) };
  return { ...keys, pair: `${keys.account} ${keys.place}` };
}
