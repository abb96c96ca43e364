import type { ProviderIdentity } from "../domain/provider_identity.ts";
import { decode } from "../base/codec.ts";
import type { Database, DatabaseView } from "./database.ts";
import { identitiesKey, identityKey, signedOutKey } from "./keys.ts";

/** The people who signed in at the identity provider. */
export class Identities {
  readonly #kv: DatabaseView;

  constructor(database: Database) {
    this.#kv = database.of("the identities");
  }

  /** All identities, by name. @throws StoreError */
  async list(): Promise<ProviderIdentity[]> {
    const all = await this.#kv.all<ProviderIdentity>(identitiesKey());
    return all.sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** An identity by its id. @throws StoreError */
  async get(id: string): Promise<ProviderIdentity | undefined> {
    return await this.#kv.get<ProviderIdentity>(identityKey(id));
  }

  /** Reads the identity of a session, and whether the session was ended. @throws StoreError */
  async ofSession(
    { identity, id }: { identity: string; id: string },
  ): Promise<{ identity: ProviderIdentity | undefined; ended: boolean }> {
    const [found, ended] = await this.#kv.entries([identityKey(identity), signedOutKey(id)]);
    return {
      identity: found!.value === null ? undefined : decode<ProviderIdentity>(found!.value),
      ended: ended!.value !== null,
    };
  }

  /** Store an identity. @throws StoreError */
  async put(identity: ProviderIdentity, now: number): Promise<void> {
    await this.#kv.set(identityKey(identity.id), identity, { expireIn: identity.until - now });
  }

  /** Remove an identity. @throws StoreError */
  async remove(id: string): Promise<void> {
    await this.#kv.delete(identityKey(id));
  }
}
