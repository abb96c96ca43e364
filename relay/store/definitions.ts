import { decode, encode } from "../base/codec.ts";
import type { Audit } from "./audit.ts";
import type { AuditNote } from "../domain/audit_note.ts";
import { guard } from "./guard.ts";
import { adhocKey, adhocsKey } from "./keys.ts";

/** The sealed definition of an ad-hoc group. */
export interface Definition {
  readonly sealed: string;
  /** Epoch milliseconds after which it is forgotten: expiry in the database only means "not before". */
  readonly until: number;
  /** Who created it. Earlier versions did not store it. */
  readonly sender?: string;
  /** It was evicted or removed: only waiting deliveries still use it. */
  readonly leaving?: true;
}

/** The definitions of ad-hoc groups, by group id. They are sealed before they come here. */
export class Definitions {
  readonly #kv: Deno.Kv;
  readonly #now: () => number;
  readonly #deadline: number;

  readonly #audit: Audit;

  constructor(
    kv: Deno.Kv,
    { now, deadline, audit }: { now: () => number; deadline: number; audit: Audit },
  ) {
    this.#kv = kv;
    this.#now = now;
    this.#deadline = deadline;
    this.#audit = audit;
  }

  /** All that are not forgotten. @throws StoreError */
  async all(): Promise<Map<string, Definition>> {
    const read = async (): Promise<Map<string, Definition>> => {
      const found = new Map<string, Definition>();
      for await (const entry of this.#kv.list({ prefix: adhocsKey() })) {
        const definition = this.#alive(entry);
        if (definition) found.set(entry.key[1] as string, definition);
      }
      return found;
    };
    return await guard("read the ad-hoc groups", read(), this.#deadline);
  }

  /** One of them. @throws StoreError */
  async get(group: string): Promise<Definition | undefined> {
    return this.#alive(await guard("read an ad-hoc group", this.#kv.get(adhocKey(group)), this.#deadline));
  }

  /** Store one. `note`: the audit's note, when a person changed it. @throws StoreError when it is not known to be stored */
  async set(group: string, definition: Definition, note?: AuditNote): Promise<void> {
    const expireIn = Math.max(1, Math.ceil(definition.until - this.#now()));
    const atomic = this.#kv.atomic().set(adhocKey(group), encode(definition), { expireIn });
    if (note) this.#audit.add(atomic, [note]);
    await guard("keep an ad-hoc group", atomic.commit(), this.#deadline);
  }

  #alive({ value }: Deno.KvEntryMaybe<unknown>): Definition | undefined {
    const definition = value === null ? undefined : decode<Definition>(value);
    return definition && definition.until > this.#now() ? definition : undefined;
  }
}
