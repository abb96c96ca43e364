import { sha256Hex } from "../base/hash.ts";
import { Throttle } from "./throttle.ts";

/** The account whose password is tried, and the client that tries it: an address, or the network of one. */
export interface Login {
  readonly account: string;
  readonly client: string;
}

/** A login that has begun: it counts as a failure until one of these is called. */
export interface PendingLogin {
  /** The password was right: the failures of this account from this client are forgotten, and no others. */
  succeeded(): void;
  /** The password was not checked. */
  undo(): void;
}

/** The longest wait of a client. */
const MAX_CLIENT_WAIT = 15 * 60_000;

/** The longest wait for an account: short, so that a stranger cannot lock its owner out. */
const MAX_ACCOUNT_WAIT = 30_000;

/** How many pairs of account and client are remembered as good. */
const MAX_KNOWN = 1_000;

/**
 * An account that has signed in from a client before waits there only after this many failures of its own: neither
 * failures from other clients nor those of other accounts at this client count.
 */
const FREE_WHERE_KNOWN = 100;

/** Limits how often passwords are guessed: by one client, and for one account by all clients together. */
export class LoginThrottle {
  readonly #byClient: Throttle;
  readonly #byAccount: Throttle;
  readonly #byPair: Throttle;
  readonly #known = new Set<string>();

  /** `free`: failures before the first wait. */
  constructor({ free }: { free: number }) {
    this.#byClient = new Throttle({ free, longest: MAX_CLIENT_WAIT });
    this.#byAccount = new Throttle({ free, longest: MAX_ACCOUNT_WAIT });
    this.#byPair = new Throttle({ free: FREE_WHERE_KNOWN, longest: MAX_ACCOUNT_WAIT });
  }

  /** Begin a login, or say how many milliseconds to `wait`. Concurrent logins are counted, too. */
  begin(login: Login, now: number): PendingLogin | { readonly wait: number } {
    const { account, client, pair } = keysOf(login);
    const wait = this.#known.has(pair)
      ? this.#byPair.wait(pair, now)
      : Math.max(this.#byClient.wait(client, now), this.#byAccount.wait(account, now));
    if (wait > 0) return { wait };
    const undo = [
      this.#byClient.fail(client, now),
      this.#byAccount.fail(account, now),
      this.#byPair.fail(pair, now),
    ];
    return {
      succeeded: () => {
        const own = this.#byPair.failuresOf(pair, now);
        this.#byClient.forgive(client, own);
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
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.values().next().value!);
  }
}

/** Hashes, so that a long name takes no more memory than a short one. */
function keysOf(login: Login): { account: string; client: string; pair: string } {
  const keys = { account: sha256Hex(login.account, 16), client: sha256Hex(login.client, 16) };
  return { ...keys, pair: `${keys.account} ${keys.client}` };
}
