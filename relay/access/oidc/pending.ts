import { nodeCrypto } from "../../base/node_crypto.ts";
import { seal, type SealOptions, unseal } from "../../base/seal.ts";

/** A sign-in that has begun. The browser keeps it, sealed in a cookie, until the provider redirects back. */
export interface PendingSignIn {
  /** The provider returns it: this proves that the answer belongs to this browser. */
  readonly state: string;
  /** The ID token contains it: this proves that the token belongs to this sign-in. */
  readonly nonce: string;
  /** PKCE's secret, without which the code cannot be exchanged. */
  readonly verifier: string;
  /** A path of the console to return to; empty for the first page. */
  readonly to: string;
  readonly issuer: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** The time limit for signing in at the provider, in milliseconds. */
export const PENDING_FOR = 10 * 60_000;

/** The maximum length of the path to return to: a cookie holds about 4,000 characters. */
const MAX_PATH_CHARS = 1_500;

const PLACE = "oidc sign-in";

/** Starts a sign-in. */
export function beginPending({ to, issuer }: { to: string; issuer: string }, now: number): PendingSignIn {
  const random = (): string => nodeCrypto().randomBytes(32).toString("base64url");
  return {
    state: random(),
    nonce: random(),
    verifier: random(),
    to: to.length > MAX_PATH_CHARS ? "" : to,
    issuer,
    until: now + PENDING_FOR,
  };
}

/** The sign-in as a cookie's value, encrypted and authenticated. */
export async function sealPending(
  pending: PendingSignIn,
  { key }: Pick<SealOptions, "key">,
): Promise<string> {
  return await seal(JSON.stringify(pending), { key, place: PLACE });
}

/** The sign-in of a cookie's value; `undefined` if this relay did not seal it, or if it has expired. */
export async function openPending(
  sealed: string,
  { key, now }: Pick<SealOptions, "key"> & { now: number },
): Promise<PendingSignIn | undefined> {
  const text = await unseal(sealed, { key, place: PLACE });
  const pending = text === undefined ? undefined : JSON.parse(text) as PendingSignIn;
  return pending && pending.until > now ? pending : undefined;
}
