import type { Clock } from "../base/clock.ts";
import { decode, encode } from "../base/codec.ts";
import type { Audit } from "./audit.ts";
import type { AuditNote } from "../domain/audit_note.ts";
import type { Database, DatabaseView } from "./database.ts";
import { adhocKey, adhocsKey } from "./keys.ts";

/** The sealed definition of an ad-hoc group. */
export interface Definition {
  readonly sealed: string;
  /** The expiry of the definition, in epoch milliseconds: expiry in the database only means "not before". */
  readonly until: number;
  /** The sender that created it. Earlier versions did not store it. */
  readonly sender?: string;
  /** The group was evicted or removed: only waiting deliveries still use it. */
  readonly leaving?: true;
}

/** The definitions of ad-hoc groups, by group id. The caller seals them. */
export class Definitions {
  readonly #kv: DatabaseView;
  readonly #clock: Pick<Clock, "now">;

  readonly #audit: Audit;

  constructor(database: Database, { clock, audit }: { clock: Pick<Clock, "now">; audit: Audit }) {
    this.#kv = database.of("the ad-hoc groups");
    this.#clock = clock;
    this.#audit = audit;
  }

  /** All definitions that have not expired. @throws StoreError */
  async all(): Promise<Map<string, Definition>> {
    const definitions = new Map<string, Definition>();
    for await (const { key, value } of this.#kv.list({ prefix: adhocsKey() })) {
      const definition = this.#alive(decode<Definition>(value));
      if (definition) definitions.set(key[1] as string, definition);
    }
    return definitions;
  }

  /** The definition of a group. @throws StoreError */
  async get(group: string): Promise<Definition | undefined> {
    return this.#alive(await this.#kv.get<Definition>(adhocKey(group)));
  }

  /**
   * Store a definition. `note`: the audit's note, when a person changed it. @throws StoreError when it is not known to
   * be stored
   */
  async set(group: string, definition: Definition, note?: AuditNote): Promise<void> {
    const expireIn = Math.max(1, Math.ceil(definition.until - this.#clock.now()));
    const atomic = this.#kv.atomic().set(adhocKey(group), encode(definition), { expireIn });
    if (note) this.#audit.add(atomic, [note]);
    await this.#kv.commit(atomic);
  }

  #alive(definition: Definition | undefined): Definition | undefined {
    return definition && definition.until > this.#clock.now() ? definition : undefined;
  }
}
