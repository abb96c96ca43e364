import type { Account } from "../domain/account.ts";
import { decode, encode } from "../base/codec.ts";
import { StoreError } from "./errors.ts";
import type { Database, DatabaseView } from "./database.ts";
import { accountKey, accountsKey, signedOutKey } from "./keys.ts";

/** The accounts, and the sessions that were ended before they expired. */
export class Accounts {
  readonly #kv: DatabaseView;

  constructor(database: Database) {
    this.#kv = database.of("the accounts");
  }

  /** All accounts, by name. @throws StoreError */
  async list(): Promise<Account[]> {
    return await this.#kv.all<Account>(accountsKey());
  }

  /** An account by its name. @throws StoreError */
  async get(name: string): Promise<Account | undefined> {
    return await this.#kv.get<Account>(accountKey(name));
  }

  /** The account of a session, and whether the session was ended, in one read. @throws StoreError */
  async ofSession(
    { account, id }: { account: string; id: string },
  ): Promise<{ account: Account | undefined; ended: boolean }> {
    const [found, ended] = await this.#kv.entries([accountKey(account), signedOutKey(id)]);
    return {
      account: found!.value === null ? undefined : decode<Account>(found!.value),
      ended: ended!.value !== null,
    };
  }

  /** Store a new account. @returns `false` when the name is in use. @throws StoreError */
  async add(account: Account): Promise<boolean> {
    const key = accountKey(account.name);
    const atomic = this.#kv.atomic().check({ key, versionstamp: null }).set(key, encode(account));
    return (await this.#kv.commit(atomic)).ok;
  }

  /**
   * Store a changed account.
   *
   * @returns the account before the change; `undefined` when there is no account of this name.
   * @throws StoreError also when another request changes the account at the same time
   */
  async change(name: string, change: (account: Account) => Account): Promise<Account | undefined> {
    const key = accountKey(name);
    const entry = await this.#kv.entry(key);
    if (entry.value === null) return undefined;
    const before = decode<Account>(entry.value);
    const atomic = this.#kv.atomic().check(entry).set(key, encode(change(before)));
    const { ok } = await this.#kv.commit(atomic);
    if (!ok) {
      throw new StoreError("unavailable", "Cannot keep an account: somebody else changes it; try again");
    }
    return before;
  }

  /** Remove an account. @throws StoreError */
  async remove(name: string): Promise<void> {
    await this.#kv.delete(accountKey(name));
  }

  /** End a session before it expires. The record expires when no cookie of the session can be valid. @throws StoreError */
  async endSession(id: string, { expireIn }: { expireIn: number }): Promise<void> {
    await this.#kv.set(signedOutKey(id), true, { expireIn });
  }
}
