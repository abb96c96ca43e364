import { nodeCrypto } from "../../base/node_crypto.ts";
import { seal, type SealOptions, unseal } from "../../base/seal.ts";

/** A sign-in that has begun: the browser keeps it, sealed, until the provider sends it back. */
export interface PendingSignIn {
  /** Returned by the provider: the answer belongs to this browser. */
  readonly state: string;
  /** Returned in the ID token: the token belongs to this sign-in. */
  readonly nonce: string;
  /** PKCE's secret: only who began the sign-in can exchange its code. */
  readonly verifier: string;
  /** A path of the console to return to; empty for the first page. */
  readonly to: string;
  readonly issuer: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** People have this long to sign in at the provider, in milliseconds. */
export const PENDING_FOR = 10 * 60_000;

/** A longer path to return to would not fit a cookie. */
const MAX_TO = 1_500;

const PLACE = "oidc sign-in";

/** Starts a sign-in. */
export function beginPending({ to, issuer }: { to: string; issuer: string }, now: number): PendingSignIn {
  const random = (): string => nodeCrypto().randomBytes(32).toString("base64url");
  return {
    state: random(),
    nonce: random(),
    verifier: random(),
    to: to.length > MAX_TO ? "" : to,
    issuer,
    until: now + PENDING_FOR,
  };
}

/** The sign-in as a cookie's value: encrypted, and safe from changes. */
export async function sealPending(
  pending: PendingSignIn,
  { key }: Pick<SealOptions, "key">,
): Promise<string> {
  return await seal(JSON.stringify(pending), { key, place: PLACE });
}

/** The sign-in of a cookie's value; `undefined` if this relay did not seal it, or it took too long. */
export async function openPending(
  sealed: string,
  { key, now }: Pick<SealOptions, "key"> & { now: number },
): Promise<PendingSignIn | undefined> {
  const text = await unseal(sealed, { key, place: PLACE });
  const pending = text === undefined ? undefined : JSON.parse(text) as PendingSignIn;
  return pending && pending.until > now ? pending : undefined;
}
