import type { Account } from "../domain/account.ts";
import { decode, encode } from "../base/codec.ts";
import { StoreError } from "./errors.ts";
import { guard } from "./guard.ts";
import { accountKey, accountsKey, signedOutKey } from "./keys.ts";

/** The accounts, and the sessions that were ended before their time. */
export class Accounts {
  readonly #kv: Deno.Kv;
  readonly #deadline: number;

  constructor(kv: Deno.Kv, { deadline }: { deadline: number }) {
    this.#kv = kv;
    this.#deadline = deadline;
  }

  /** All of them, by name. @throws StoreError */
  async list(): Promise<Account[]> {
    const read = async (): Promise<Account[]> => {
      const found: Account[] = [];
      for await (const { value } of this.#kv.list({ prefix: accountsKey() })) {
        found.push(decode<Account>(value));
      }
      return found;
    };
    return await guard("list the accounts", read(), this.#deadline);
  }

  /** One of them. @throws StoreError */
  async get(name: string): Promise<Account | undefined> {
    const { value } = await guard("read an account", this.#kv.get(accountKey(name)), this.#deadline);
    return value === null ? undefined : decode<Account>(value);
  }

  /** The account of a session, and whether the session was ended, in one read. @throws StoreError */
  async ofSession(
    { account, id }: { account: string; id: string },
  ): Promise<{ account: Account | undefined; ended: boolean }> {
    const [found, ended] = await guard(
      "read an account",
      this.#kv.getMany([accountKey(account), signedOutKey(id)]),
      this.#deadline,
    );
    return {
      account: found!.value === null ? undefined : decode<Account>(found!.value),
      ended: ended!.value !== null,
    };
  }

  /** Keep a new one. @returns `false` when there is one of this name. @throws StoreError */
  async add(account: Account): Promise<boolean> {
    const key = accountKey(account.name);
    const atomic = this.#kv.atomic().check({ key, versionstamp: null }).set(key, encode(account));
    return (await guard("keep an account", atomic.commit(), this.#deadline)).ok;
  }

  /**
   * Keep a changed one.
   *
   * @returns What it was before; `undefined` when there is none of this name.
   * @throws StoreError also when it changes at this moment
   */
  async change(name: string, change: (account: Account) => Account): Promise<Account | undefined> {
    const key = accountKey(name);
    const entry = await guard("read an account", this.#kv.get(key), this.#deadline);
    if (entry.value === null) return undefined;
    const before = decode<Account>(entry.value);
    const atomic = this.#kv.atomic().check(entry).set(key, encode(change(before)));
    const { ok } = await guard("keep an account", atomic.commit(), this.#deadline);
    if (!ok) {
      throw new StoreError("unavailable", "Cannot keep an account: somebody else changes it; try again");
    }
    return before;
  }

  /** Remove one. @throws StoreError */
  async remove(name: string): Promise<void> {
    await guard("remove an account", this.#kv.delete(accountKey(name)), this.#deadline);
  }

  /** End a session before its time; forgotten once no cookie of it can be good. @throws StoreError */
  async endSession(id: string, { expireIn }: { expireIn: number }): Promise<void> {
    await guard("end a session", this.#kv.set(signedOutKey(id), encode(true), { expireIn }), this.#deadline);
  }
}
