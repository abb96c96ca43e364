import { nodeCrypto } from "../base/node_crypto.ts";
import { sameSecret } from "../base/same_secret.ts";

/** What a signed-in browser brings back with each request. Times are epoch milliseconds. */
export interface Session {
  /** Random: the session's own name. */
  readonly id: string;
  readonly account: string;
  /** Of the account's role and password when it signed in: when either changes, the session ends. */
  readonly stamp: string;
  readonly startedAt: number;
  /** Moved on while it is used. */
  readonly until: number;
}

/** A session that is not used ends after this long, and every session after {@linkcode LONGEST}. */
export const IDLE = 12 * 3_600_000;

/** However busy, one signs in again after this long. */
export const LONGEST = 7 * 24 * 3_600_000;

/** A session is moved on when this much of it is used up: not with every request. */
const RENEW_AFTER = IDLE / 12;

const BASE64 = { alphabet: "base64url", omitPadding: true } as const;

/** A new session for an account. */
export function beginSession({ account, stamp }: { account: string; stamp: string }, now: number): Session {
  const id = nodeCrypto().randomBytes(16).toString("base64url");
  return { id, account, stamp, startedAt: now, until: now + IDLE };
}

/** The session with a later end, when it is time for that. */
export function renewed(session: Session, now: number): Session | undefined {
  const until = Math.min(now + IDLE, session.startedAt + LONGEST);
  return until - session.until >= RENEW_AFTER ? { ...session, until } : undefined;
}

/** The session as a cookie's value, signed. */
export function signSession(session: Session, { key }: { key: string }): string {
  const payload = new TextEncoder().encode(JSON.stringify(session)).toBase64(BASE64);
  return `${payload}.${mac(payload, { key, purpose: "session" })}`;
}

/** The session of a cookie's value; `undefined` when this relay did not sign it, or it is over. */
export function readSession(text: string, { key, now }: { key: string; now: number }): Session | undefined {
  const [payload = "", signature = ""] = text.split(".");
  if (!sameSecret(signature, mac(payload, { key, purpose: "session" }))) return undefined;
  const session = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(payload, BASE64))) as Session;
  return session.until > now ? session : undefined;
}

/** What every form of a session carries, and no other site can know. */
export function formTokenOf({ id }: Pick<Session, "id">, { key }: { key: string }): string {
  return mac(id, { key, purpose: "form" });
}

/** A keyed digest, for one purpose: what is made for one is of no use for another. */
export function mac(text: string, { key, purpose }: { key: string; purpose: string }): string {
  const { createHmac } = nodeCrypto();
  const own = createHmac("sha256", key).update(`fenghuo ${purpose}`).digest();
  return createHmac("sha256", own).update(text).digest("base64url");
}
