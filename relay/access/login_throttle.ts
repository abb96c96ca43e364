import { sha256Hex } from "../base/hash.ts";
import { Throttle } from "./throttle.ts";

/** A login attempt: the account, and the client: an address or its network. */
export interface Login {
  readonly account: string;
  readonly client: string;
}

/** A started login: it counts as a failure until one of these is called. */
export interface PendingLogin {
  /** The password was right: only the failures of this account from this client are reset. */
  succeeded(): void;
  /** The password was not checked. */
  undo(): void;
}

/** The longest wait of a client. */
const MAX_CLIENT_WAIT = 15 * 60_000;

/** The longest wait for an account: short, so that an attacker cannot lock out its owner. */
const MAX_ACCOUNT_WAIT = 30_000;

/** At most this many pairs of account and client are remembered as trusted. */
const MAX_TRUSTED = 1_000;

/**
 * An account that has logged in from a client before has to wait there only after this many failures of its own: failures
 * from other clients, or of other accounts at this client, do not count.
 */
const FREE_WHERE_KNOWN = 100;

/** Throttles password guessing: for each client, and for each account over all clients. */
export class LoginThrottle {
  readonly #byClient: Throttle;
  readonly #byAccount: Throttle;
  readonly #byPair: Throttle;
  readonly #trusted = new Set<string>();

  /** `free`: failures before the first wait. */
  constructor({ free }: { free: number }) {
    this.#byClient = new Throttle({ free, longest: MAX_CLIENT_WAIT });
    this.#byAccount = new Throttle({ free, longest: MAX_ACCOUNT_WAIT });
    this.#byPair = new Throttle({ free: FREE_WHERE_KNOWN, longest: MAX_ACCOUNT_WAIT });
  }

  /** Starts a login, or returns the time to `wait` in milliseconds. Concurrent logins count as well. */
  begin(login: Login, now: number): PendingLogin | { readonly wait: number } {
    const { account, client, pair } = keysOf(login);
    const wait = this.#trusted.has(pair)
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
    this.#trusted.delete(pair); // the newest is last
    this.#trusted.add(pair);
    if (this.#trusted.size > MAX_TRUSTED) this.#trusted.delete(this.#trusted.values().next().value!);
  }
}

/** Hashed, so that a long name needs no more memory than a short one. */
function keysOf(login: Login): { account: string; client: string; pair: string } {
  const keys = { account: sha256Hex(login.account, 16), client: sha256Hex(login.client, 16) };
  return { ...keys, pair: `${keys.account} ${keys.client}` };
}
