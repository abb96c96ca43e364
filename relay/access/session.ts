import { mac } from "../base/mac.ts";
import { nodeCrypto } from "../base/node_crypto.ts";
import { sameSecret } from "../base/same_secret.ts";

/** A session, which a logged-in browser sends with each request. Times are epoch milliseconds. */
export interface Session {
  /** The session's random id. */
  readonly id: string;
  /** The name of the account or of the identity. */
  readonly account: string;
  /** The id of an identity that signed in at the provider; absent for an account of the relay. */
  readonly identity?: string;
  /** A digest of the account's role and password at the login: a change of either ends the session. */
  readonly stamp: string;
  readonly startedAt: number;
  /** Extended while it is used. */
  readonly until: number;
}

/** An unused session ends after this time, and every session after {@linkcode LONGEST}. */
export const IDLE = 12 * 3_600_000;

/** The maximum lifetime of a session. */
export const LONGEST = 7 * 24 * 3_600_000;

/** The maximum lifetime of a session after a sign-in at the provider, so that the provider checks the person again daily. */
const LONGEST_OF_PROVIDER = 24 * 3_600_000;

/** A session is renewed when this much of it has passed, not with every request. */
const RENEW_AFTER = IDLE / 12;

const BASE64 = { alphabet: "base64url", omitPadding: true } as const;

/** A new session for an account or an identity. */
export function beginSession(
  whose: Pick<Session, "account" | "identity" | "stamp">,
  now: number,
): Session {
  const id = nodeCrypto().randomBytes(16).toString("base64url");
  return { id, ...whose, startedAt: now, until: now + IDLE };
}

/** The session with a later end, if it is due for renewal. */
export function renewed(session: Session, now: number): Session | undefined {
  const longest = session.identity === undefined ? LONGEST : LONGEST_OF_PROVIDER;
  const until = Math.min(now + IDLE, session.startedAt + longest);
  return until - session.until >= RENEW_AFTER ? { ...session, until } : undefined;
}

/** The session as a cookie's value, signed. */
export function signSession(session: Session, { key }: { key: string }): string {
  const payload = new TextEncoder().encode(JSON.stringify(session)).toBase64(BASE64);
  return `${payload}.${mac(payload, { key, purpose: "session" })}`;
}

/** The session of a cookie's value; `undefined` if this relay did not sign it, or it has ended. */
export function readSession(text: string, { key, now }: { key: string; now: number }): Session | undefined {
  const [payload = "", signature = ""] = text.split(".");
  if (!sameSecret(signature, mac(payload, { key, purpose: "session" }))) return undefined;
  const session = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(payload, BASE64))) as Session;
  return session.until > now ? session : undefined;
}

/** The token in every form of a session (CSRF): other sites cannot read it. */
export function formTokenOf({ id }: Pick<Session, "id">, { key }: { key: string }): string {
  return mac(id, { key, purpose: "form" });
}
