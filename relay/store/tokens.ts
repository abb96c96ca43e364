import type { Token } from "../domain/account.ts";
import { decode, encode } from "../base/codec.ts";
import type { Database, DatabaseView } from "./database.ts";
import { tokenKey, tokensKey } from "./keys.ts";

/** The API tokens, by id. A revoked or expired token stays listed. */
export class Tokens {
  readonly #kv: DatabaseView;

  constructor(database: Database) {
    this.#kv = database.of("the tokens");
  }

  /** All tokens, the newest first. @throws StoreError */
  async list(): Promise<Token[]> {
    const tokens = await this.#kv.all<Token>(tokensKey());
    return tokens.sort((a, b) => b.createdAt - a.createdAt);
  }

  /** A token by its id. @throws StoreError */
  async get(id: string): Promise<Token | undefined> {
    return await this.#kv.get<Token>(tokenKey(id));
  }

  /** Store a new token. @throws StoreError */
  async add(token: Token): Promise<void> {
    await this.#kv.set(tokenKey(token.id), token);
  }

  /**
   * Store a changed token.
   *
   * @returns `false` when there is no token of this id, or another request changes it at the same time.
   * @throws StoreError
   */
  async change(id: string, change: Partial<Pick<Token, "lastUsedAt" | "revokedAt">>): Promise<boolean> {
    const key = tokenKey(id);
    const entry = await this.#kv.entry(key);
    if (entry.value === null) return false;
    const atomic = this.#kv.atomic().check(entry).set(
      key,
      encode({ ...decode<Token>(entry.value), ...change }),
    );
    return (await this.#kv.commit(atomic)).ok;
  }
}
