import { nodeCrypto } from "../base/node_crypto.ts";
import { sameSecret } from "../base/same_secret.ts";
import type { PasswordHash } from "../domain/account.ts";

/**
 * 32 MiB and about 0.2 s for each guess, computed beside the event loop. Source: OWASP Password Storage Cheat Sheet, which
 * holds N = 2^15, r = 8, p = 3 to be as strong as its first choice; a small instance at the edge has that memory.
 */
const COST = { n: 2 ** 15, r: 8, p: 3 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Computations that wait for their turn at most; each has its own 32 MiB, so they come one after another. */
const MOST_WAITING = 16;

let last: Promise<unknown> = Promise.resolve();
let waiting = 0;

/** More passwords are to be checked than this instance can: come again in a moment. */
export class BusyError extends Error {
  override readonly name = "BusyError";
}

/** Hash a password with a salt of its own. @throws BusyError */
export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = nodeCrypto().randomBytes(SALT_BYTES).toString("base64");
  const empty: PasswordHash = { scheme: "scrypt", ...COST, salt, hash: "" };
  return { ...empty, hash: await inTurn(() => compute(password, empty)) };
}

/**
 * Whether this is the password. Without a hash it takes as long and says no, so that the time does not tell whether
 * there is such an account.
 *
 * @throws BusyError
 */
export async function isPassword(password: string, kept: PasswordHash | undefined): Promise<boolean> {
  const hash = await inTurn(() => compute(password, kept ?? NOBODY));
  return kept !== undefined && sameSecret(hash, kept.hash);
}

const NOBODY: PasswordHash = { scheme: "scrypt", ...COST, salt: "AAAAAAAAAAAAAAAAAAAAAA==", hash: "" };

function compute(password: string, { n, r, p, salt }: PasswordHash): Promise<string> {
  return new Promise((resolve, reject) => {
    // Twice what it needs, because node counts a little more than 128·N·r.
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
