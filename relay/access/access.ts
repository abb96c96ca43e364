import { defined } from "../base/defined.ts";
import { sha256Hex } from "../base/hash.ts";
import { nodeCrypto } from "../base/node_crypto.ts";
import { sameSecret } from "../base/same_secret.ts";
import type { Accounts } from "../store/accounts.ts";
import type { Account } from "../domain/account.ts";
import type { Audit } from "../store/audit.ts";
import { StoreError } from "../store/errors.ts";
import type { Tokens } from "../store/tokens.ts";
import type { Token } from "../domain/account.ts";
import { LoginThrottle } from "./login_throttle.ts";
import { hashPassword, isPassword } from "./password.ts";
import { type Role, roleOf, type Scope } from "../domain/role.ts";
import { beginSession, mac, readSession, renewed, type Session } from "./session.ts";

/** The account that is always there: its password is the environment's. */
export const BUILT_IN = "admin";

/** Who asks, and what they may do. */
export interface Identity {
  /** Of the account or of the token: what an audit record names. */
  readonly name: string;
  readonly role: Role;
  /** How they said it. A browser sends a `session` and `basic` by itself, so a form of another site would carry them, too. */
  readonly by: "session" | "basic" | "password" | "token";
  readonly session?: Session;
}

/** What a try to sign in comes to. */
export type SignIn =
  | { readonly kind: "in"; readonly session: Session }
  | { readonly kind: "wrong" }
  /** Too many tries failed; `for`: milliseconds until the next is looked at. */
  | { readonly kind: "wait"; readonly for: number };

/** The secrets of the environment. */
export interface AccessOptions {
  /** Asked each time: the configuration may be replaced. */
  readonly secrets: () => { readonly key: string; readonly adminPassword: string };
}

/** Who makes a change, and when. */
export interface By {
  readonly by: string;
  readonly now: number;
}

/** A new token. */
export interface TokenOptions {
  readonly name: string;
  readonly scope: Scope;
  readonly doors?: readonly string[] | undefined;
  /** Milliseconds. */
  readonly lasts: number;
}

/** The most characters of a name that are looked up; no account has a longer one. */
const MAX_NAME = 100;

/** How many wrong passwords are free: typed into the form by a person, and sent with each request by a program. */
const FREE = { person: 5, program: 20 } as const;

/** The time of a token's last use is written at most so often. */
const USE_NOTED_EVERY = 5 * 60_000;

const TOKEN = /^fenghuo_([0-9a-f]{16})_[\w-]{43}$/;

/** Who may do what: accounts, sessions and tokens. */
export class Access {
  readonly #accounts: Accounts;
  readonly #tokens: Tokens;
  readonly #audit: Audit;
  readonly #secrets: AccessOptions["secrets"];
  readonly #people = new LoginThrottle({ free: FREE.person });
  readonly #programs = new LoginThrottle({ free: FREE.program });

  constructor(
    { accounts, tokens, audit }: { accounts: Accounts; tokens: Tokens; audit: Audit },
    { secrets }: AccessOptions,
  ) {
    this.#accounts = accounts;
    this.#tokens = tokens;
    this.#audit = audit;
    this.#secrets = secrets;
  }

  /** Sign in with a name and a password. @throws StoreError, BusyError */
  async signIn(
    { name, password, address }: { name: string; password: string; address: string },
    now: number,
  ): Promise<SignIn> {
    const login = this.#people.begin({ account: name, client: address }, now);
    if ("wait" in login) return { kind: "wait", for: login.wait };
    const stamp = await this.#stampFor(name.slice(0, MAX_NAME), password).catch((error) => {
      login.undo(); // the password was not checked: the relay or the store is busy
      throw error;
    });
    if (stamp === undefined) return { kind: "wrong" };
    login.succeeded();
    return { kind: "in", session: beginSession({ account: name, stamp }, now) };
  }

  /** Who brings this cookie; `renewed` is the session to bring from now on. @throws StoreError */
  async ofSession(cookie: string, now: number): Promise<Identity & { renewed?: Session } | undefined> {
    const session = readSession(cookie, { key: this.#secrets().key, now });
    if (session === undefined) return undefined;
    const { account, ended } = await this.#accounts.ofSession(session);
    const role = session.account === BUILT_IN ? "admin" : account?.role;
    if (ended || role === undefined || session.stamp !== this.#stampOf(account)) return undefined;
    const next = renewed(session, now);
    return { name: session.account, role, by: "session", session, ...next ? { renewed: next } : {} };
  }

  /** End a session: its cookie is good for nothing from now on. @throws StoreError */
  async signOut(session: Session, now: number): Promise<void> {
    // It may have been moved on, up to a week from its beginning.
    await this.#accounts.endSession(session.id, { expireIn: session.startedAt + 8 * 24 * 3_600_000 - now });
  }

  /** Who sends the built-in account's password with each request. `address` has to wait when it guesses. */
  ofPassword(
    { name = BUILT_IN, password, address }: { name?: string; password: string; address: string },
    now: number,
  ): { role: "admin" } | { wait: number } | undefined {
    const login = this.#programs.begin({ account: name, client: address }, now);
    if ("wait" in login) return login;
    if (name !== BUILT_IN || !sameSecret(password, this.#secrets().adminPassword)) return undefined;
    login.succeeded();
    return { role: "admin" };
  }

  /** Whether a text looks like an API token, so that it need not be taken for a password. */
  isToken(text: string): boolean {
    return TOKEN.test(text);
  }

  /** The API token that this is, unless it was revoked or is over. Its use is noted. @throws StoreError */
  async ofToken(text: string, now: number): Promise<Token & { role: Role | undefined } | undefined> {
    const [, id] = TOKEN.exec(text) ?? [];
    const token = id === undefined ? undefined : await this.#tokens.get(id);
    if (!token || !sameSecret(sha256Hex(text), token.hash)) return undefined;
    if (token.revokedAt !== undefined || token.until <= now) return undefined;
    if (now - (token.lastUsedAt ?? 0) >= USE_NOTED_EVERY) {
      await this.#tokens.change(token.id, { lastUsedAt: now }).catch(() => {});
    }
    return { ...token, role: roleOf(token.scope) };
  }

  /** Make an account. @returns `false` when there is one of this name. @throws StoreError, BusyError */
  async addAccount(
    { name, role, password }: { name: string; role: Role; password: string },
    { by, now }: By,
  ): Promise<boolean> {
    if (name === BUILT_IN) return false;
    const hash = await hashPassword(password);
    const added = await this.#accounts.add({ name, role, password: hash, createdAt: now, changedAt: now });
    if (added) await this.#audit.note({ by, action: "added", what: `accounts/${name}`, after: { role } });
    return added;
  }

  /** Change an account's role or password; its sessions end. @returns `false` when there is none. @throws StoreError, BusyError */
  async changeAccount(
    name: string,
    { role, password, by, now }: { role?: Role | undefined; password?: string | undefined } & By,
  ): Promise<boolean> {
    const hash = password === undefined ? undefined : await hashPassword(password);
    const before = await this.#accounts.change(name, (account) => ({
      ...account,
      ...defined({ role, password: hash }),
      changedAt: now,
    }));
    if (before === undefined) return false;
    await this.#audit.note({
      by,
      action: "changed",
      what: `accounts/${name}`,
      before: { role: before.role },
      after: defined({ role: role ?? before.role, password: hash && "changed" }),
    });
    return true;
  }

  /** Remove an account; its sessions end. @returns `false` when there is none. @throws StoreError */
  async removeAccount(name: string, { by }: Pick<By, "by">): Promise<boolean> {
    const account = await this.#accounts.get(name);
    if (account === undefined) return false;
    await this.#accounts.remove(name);
    await this.#audit.note({
      by,
      action: "removed",
      what: `accounts/${name}`,
      before: { role: account.role },
    });
    return true;
  }

  /** Make a token. @returns what is kept, and the token itself, which nobody can show again. @throws StoreError */
  async issueToken(
    { name, scope, doors, lasts }: TokenOptions,
    { by, now }: By,
  ): Promise<{ token: Token; text: string }> {
    const { randomBytes } = nodeCrypto();
    const id = randomBytes(8).toString("hex");
    const text = `fenghuo_${id}_${randomBytes(32).toString("base64url")}`;
    const token: Token = defined({
      id,
      name,
      scope,
      hash: sha256Hex(text),
      doors,
      createdBy: by,
      createdAt: now,
      until: now + lasts,
    });
    await this.#tokens.add(token);
    const { until } = token;
    await this.#audit.note({
      by,
      action: "added",
      what: `tokens/${id}`,
      after: { name, scope, doors, until },
    });
    return { token, text };
  }

  /** Revoke a token, now and for good. @returns `false` when there is none. @throws StoreError */
  async revokeToken(id: string, { by, now }: By): Promise<boolean> {
    for (let tries = 0; tries < 5; tries++) {
      const token = await this.#tokens.get(id);
      if (token === undefined) return false;
      if (token.revokedAt !== undefined) return true;
      // Its last use may be noted at the same moment.
      if (!await this.#tokens.change(id, { revokedAt: now })) continue;
      await this.#audit.note({ by, action: "revoked", what: `tokens/${id}`, before: { name: token.name } });
      return true;
    }
    throw new StoreError("unavailable", "Cannot revoke the token: it changes all the time; try again");
  }

  /** The stamp of an account's next session, if this is its password. */
  async #stampFor(name: string, password: string): Promise<string | undefined> {
    if (name === BUILT_IN) {
      return sameSecret(password, this.#secrets().adminPassword) ? this.#stampOf(undefined) : undefined;
    }
    const account = await this.#accounts.get(name);
    return await isPassword(password, account?.password) ? this.#stampOf(account!) : undefined;
  }

  /** What a session remembers of its account, so that it ends with a change of it. */
  #stampOf(account: Account | undefined): string {
    const { key, adminPassword } = this.#secrets();
    const text = account ? `${account.role} ${account.password.hash}` : adminPassword;
    return mac(text, { key, purpose: "stamp" }).slice(0, 16);
  }
}
