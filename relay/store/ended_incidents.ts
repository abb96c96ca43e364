import { decode, encode } from "../base/codec.ts";
import { type EndedByKey, type EndedIncident, RELATED_FOR } from "../domain/related.ts";
import type { Atomic } from "./atomic.ts";
import type { Database, DatabaseView } from "./database.ts";
import { endedKey, endedsKey } from "./keys.ts";

/** The most values that are read: nearly all contain a single incident. */
const MAX_READ = 200;

/** The result of a search for ended incidents. */
export interface FoundEnded {
  /** The newest first. */
  readonly ended: readonly EndedIncident[];
  /** Set if there are more. */
  readonly more: boolean;
}

/** An index of ended incidents by the keys that relate them. A value contains the incidents that one commit ended. */
export class EndedIncidents {
  readonly #kv: DatabaseView;
  readonly #options: { readonly retention: { readonly alerts: number } };

  constructor(database: Database, options: { readonly retention: { readonly alerts: number } }) {
    this.#kv = database.of("the ended incidents");
    this.#options = options;
  }

  /** The period in which ended incidents count. */
  get period(): number {
    return Math.min(RELATED_FOR, this.#options.retention.alerts);
  }

  /** Add ended incidents to the atomic that ends them. */
  add(atomic: Atomic, ended: EndedByKey): void {
    const expireIn = this.period;
    for (const [key, incidents] of ended) {
      atomic.set(endedKey(key, incidents[0]!.id), encode(incidents), { expireIn });
    }
  }

  /** The incidents under a key that ended in the period. @throws StoreError */
  async of(key: string, now: number): Promise<FoundEnded> {
    const found = await Array.fromAsync(
      this.#kv.list({ prefix: endedsKey(key) }, { limit: MAX_READ, reverse: true }),
    );
    const since = now - this.period;
    // An incident that was reopened and ended again is listed twice.
    const byId = new Map<string, EndedIncident>();
    for (const one of found.flatMap(({ value }) => decode<EndedIncident[]>(value))) {
      if (one.endedAt >= since && one.endedAt >= (byId.get(one.id)?.endedAt ?? 0)) byId.set(one.id, one);
    }
    const ended = [...byId.values()].sort((a, b) => a.id > b.id ? -1 : 1);
    return { ended, more: found.length === MAX_READ };
  }
}
