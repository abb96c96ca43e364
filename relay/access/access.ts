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
import { BUILT_IN, BuiltInAccount } from "./built_in_account.ts";
import type { Identities as StoredIdentities } from "../store/identities.ts";
import { Identities } from "./identities.ts";
import { LoginThrottle } from "./login_throttle.ts";
import type { OidcSettings } from "./oidc/settings.ts";
import { ProviderSignIn } from "./oidc/sign_in.ts";
import { hashPassword, isPassword } from "./password.ts";
import { type Role, roleOf, type Scope } from "../domain/role.ts";
import { mac } from "../base/mac.ts";
import { beginSession, readSession, renewed, type Session } from "./session.ts";

/** The authenticated identity of a request, and its role. */
export interface Identity {
  /** The name of the account or token: audit records contain it. */
  readonly name: string;
  readonly role: Role;
  /**
   * The method of authentication. Browsers send `session` and `basic` automatically, also with forms of other sites, and a
   * proxy adds its header to them.
   */
  readonly by: "session" | "basic" | "password" | "token" | "proxy";
  readonly session?: Session;
}

/** The result of a login. */
export type SignIn =
  | { readonly kind: "in"; readonly session: Session }
  | { readonly kind: "wrong" }
  /** Too many logins failed; `for`: milliseconds until the next one is checked. */
  | { readonly kind: "wait"; readonly for: number };

/** The secrets of the environment, and the log. */
export interface AccessOptions {
  /** Read at each use: the configuration may be replaced. */
  readonly secrets: () => {
    readonly key: string;
    readonly adminPassword: string;
    readonly oidc: OidcSettings | undefined;
  };
  /** Logs the reason why a sign-in at the identity provider failed. */
  readonly warn: (words: string) => void;
}

/** The author of a change, and its time. */
export interface By {
  readonly by: string;
  readonly now: number;
}

/** A new token. */
export interface TokenOptions {
  readonly name: string;
  readonly scope: Scope;
  readonly doors?: readonly string[] | undefined;
  /** The lifetime in milliseconds. */
  readonly lasts: number;
}

/** The maximum length of a name that is looked up; no account has a longer one. */
const MAX_NAME = 100;

/** Wrong passwords in the login form before the first wait. */
const FREE = 5;

/** The time of a token's last use is written at most this often. */
const USE_NOTED_EVERY = 5 * 60_000;

const TOKEN = /^fenghuo_([0-9a-f]{16})_[\w-]{43}$/;

/** Authentication: accounts, sessions and tokens. */
export class Access {
  /** Signs people in at the identity provider. */
  readonly provider: ProviderSignIn;
  readonly #identities: Identities;
  readonly #accounts: Accounts;
  readonly #tokens: Tokens;
  readonly #audit: Audit;
  readonly #secrets: AccessOptions["secrets"];
  readonly #people = new LoginThrottle({ free: FREE });
  readonly #builtIn = new BuiltInAccount(() => this.#secrets().adminPassword);

  constructor(
    { accounts, identities, tokens, audit }: {
      accounts: Accounts;
      identities: StoredIdentities;
      tokens: Tokens;
      audit: Audit;
    },
    { secrets, warn }: AccessOptions,
  ) {
    this.#identities = new Identities({ identities, audit }, { secrets });
    this.provider = new ProviderSignIn(this.#identities, { secrets, warn });
    this.#accounts = accounts;
    this.#tokens = tokens;
    this.#audit = audit;
    this.#secrets = secrets;
  }

  /** Logs in with a name and a password. @throws StoreError, BusyError */
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

  /** The identity of a cookie; `renewed` is the session to use from now on. @throws StoreError */
  async ofSession(cookie: string, now: number): Promise<Identity & { renewed?: Session } | undefined> {
    const session = readSession(cookie, { key: this.#secrets().key, now });
    const role = session && await this.#roleOf(session);
    if (session === undefined || role === undefined) return undefined;
    const next = renewed(session, now);
    return { name: session.account, role, by: "session", session, ...next ? { renewed: next } : {} };
  }

  /** Ends a session: its cookie becomes invalid. @throws StoreError */
  async signOut(session: Session, now: number): Promise<void> {
    // Renewals may extend it to a week from its beginning.
    await this.#accounts.endSession(session.id, { expireIn: session.startedAt + 8 * 24 * 3_600_000 - now });
  }

  /** Authenticates with the built-in account's password, sent with each request. */
  ofPassword(
    ...login: Parameters<BuiltInAccount["authenticate"]>
  ): ReturnType<BuiltInAccount["authenticate"]> {
    return this.#builtIn.authenticate(...login);
  }

  /** Whether a text has the format of an API token, so that it is not checked as a password. */
  isToken(text: string): boolean {
    return TOKEN.test(text);
  }

  /** Finds a valid API token: neither revoked nor expired. Its use is recorded. @throws StoreError */
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

  /** Creates an account. @returns `false` if the name is in use. @throws StoreError, BusyError */
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

  /** Changes an account's role or password; its sessions end. @returns `false` if it does not exist. @throws StoreError, BusyError */
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

  /** Removes an account; its sessions end. @returns `false` if it does not exist. @throws StoreError */
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

  /** Creates a token. @returns its record, and the token itself, which cannot be shown again. @throws StoreError */
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

  /** Revokes a token permanently. @returns `false` if it does not exist. @throws StoreError */
  async revokeToken(id: string, { by, now }: By): Promise<boolean> {
    for (let tries = 0; tries < 5; tries++) {
      const token = await this.#tokens.get(id);
      if (token === undefined) return false;
      if (token.revokedAt !== undefined) return true;
      // Its last use may be recorded concurrently.
      if (!await this.#tokens.change(id, { revokedAt: now })) continue;
      await this.#audit.note({ by, action: "revoked", what: `tokens/${id}`, before: { name: token.name } });
      return true;
    }
    throw new StoreError("unavailable", "Cannot revoke the token: it changes all the time; try again");
  }

  /** Removes the record of a person who signed in at the provider; their sessions end. @returns `false` if there is none @throws StoreError */
  async removeIdentity(id: string, by: Pick<By, "by">): Promise<boolean> {
    return await this.#identities.remove(id, by);
  }

  /** The role of a session; `undefined` if it has ended. */
  async #roleOf(session: Session): Promise<Role | undefined> {
    const { identity } = session;
    if (identity !== undefined) return await this.#identities.roleOf({ ...session, identity });
    const { account, ended } = await this.#accounts.ofSession(session);
    if (ended || session.stamp !== this.#stampOf(account)) return undefined;
    return session.account === BUILT_IN ? "admin" : account?.role;
  }

  /** The stamp of an account's next session, if the password is right. */
  async #stampFor(name: string, password: string): Promise<string | undefined> {
    if (name === BUILT_IN) {
      return sameSecret(password, this.#secrets().adminPassword) ? this.#stampOf(undefined) : undefined;
    }
    const account = await this.#accounts.get(name);
    return await isPassword(password, account?.password) ? this.#stampOf(account!) : undefined;
  }

  /** A digest of the account in its sessions: a change of the account ends them. */
  #stampOf(account: Account | undefined): string {
    const { key, adminPassword } = this.#secrets();
    const text = account ? `${account.role} ${account.password.hash}` : adminPassword;
    return mac(text, { key, purpose: "stamp" }).slice(0, 16);
  }
}
