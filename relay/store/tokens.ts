import type { Token } from "../domain/account.ts";
import { decode, encode } from "../base/codec.ts";
import { guard } from "./guard.ts";
import { tokenKey, tokensKey } from "./keys.ts";

/** The API tokens, by id. One that was revoked, or is over, stays to be seen. */
export class Tokens {
  readonly #kv: Deno.Kv;
  readonly #deadline: number;

  constructor(kv: Deno.Kv, { deadline }: { deadline: number }) {
    this.#kv = kv;
    this.#deadline = deadline;
  }

  /** All of them, the newest first. @throws StoreError */
  async list(): Promise<Token[]> {
    const read = async (): Promise<Token[]> => {
      const found: Token[] = [];
      for await (const { value } of this.#kv.list({ prefix: tokensKey() })) found.push(decode<Token>(value));
      return found.sort((a, b) => b.createdAt - a.createdAt);
    };
    return await guard("list the tokens", read(), this.#deadline);
  }

  /** One of them. @throws StoreError */
  async get(id: string): Promise<Token | undefined> {
    const { value } = await guard("read a token", this.#kv.get(tokenKey(id)), this.#deadline);
    return value === null ? undefined : decode<Token>(value);
  }

  /** Keep a new one. @throws StoreError */
  async add(token: Token): Promise<void> {
    await guard("keep a token", this.#kv.set(tokenKey(token.id), encode(token)), this.#deadline);
  }

  /**
   * Keep a changed one.
   *
   * @returns `false` when there is none of this id, or it changes at this moment.
   * @throws StoreError
   */
  async change(id: string, change: Partial<Pick<Token, "lastUsedAt" | "revokedAt">>): Promise<boolean> {
    const key = tokenKey(id);
    const entry = await guard("read a token", this.#kv.get(key), this.#deadline);
    if (entry.value === null) return false;
    const atomic = this.#kv.atomic().check(entry).set(
      key,
      encode({ ...decode<Token>(entry.value), ...change }),
    );
    return (await guard("keep a token", atomic.commit(), this.#deadline)).ok;
  }
}
