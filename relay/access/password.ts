import { nodeCrypto } from "../base/node_crypto.ts";
import { sameSecret } from "../base/same_secret.ts";
import type { PasswordHash } from "../domain/account.ts";

/**
 * 32 MiB and about 0.2 s for each guess, computed outside the event loop. Source: OWASP Password Storage Cheat Sheet, which
 * holds N = 2^15, r = 8, p = 3 to be equivalent to its first choice; a small instance at the edge has this much memory.
 */
const COST = { n: 2 ** 15, r: 8, p: 3 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** At most this many computations are queued. They run one after another, because each needs 32 MiB. */
const MOST_WAITING = 16;

let last: Promise<unknown> = Promise.resolve();
let waiting = 0;

/** Too many passwords are being checked on this instance: retry in a moment. */
export class BusyError extends Error {
  override readonly name = "BusyError";
}

/** Hashes a password with a new salt. @throws BusyError */
export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = nodeCrypto().randomBytes(SALT_BYTES).toString("base64");
  const empty: PasswordHash = { scheme: "scrypt", ...COST, salt, hash: "" };
  return { ...empty, hash: await inTurn(() => compute(password, empty)) };
}

/**
 * Whether the password is right. Without a hash it takes equally long and returns `false`, so that the time does not reveal
 * whether the account exists.
 *
 * @throws BusyError
 */
export async function isPassword(password: string, stored: PasswordHash | undefined): Promise<boolean> {
  const hash = await inTurn(() => compute(password, stored ?? NOBODY));
  return stored !== undefined && sameSecret(hash, stored.hash);
}

const NOBODY: PasswordHash = { scheme: "scrypt", ...COST, salt: "AAAAAAAAAAAAAAAAAAAAAA==", hash: "" };

function compute(password: string, { n, r, p, salt }: PasswordHash): Promise<string> {
  return new Promise((resolve, reject) => {
    // Twice the need, because node counts a little more than 128·N·r.
    const options = { N: n, r, p, maxmem: 256 * n * r };
    nodeCrypto().scrypt(
      password.normalize("NFC"),
      Uint8Array.fromBase64(salt),
      HASH_BYTES,
      options,
      (error, key) => error ? reject(error) : resolve(key.toString("base64")),
    );
  });
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (waiting >= MOST_WAITING) {
    throw new BusyError("Too many passwords are checked at once: try again in a moment");
  }
  waiting++;
  const turn = last.then(work);
  last = turn.catch(() => {});
  return await turn.finally(() => waiting--);
}
