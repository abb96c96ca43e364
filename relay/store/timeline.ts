import { decode, encode } from "../base/codec.ts";
import { monotonicFactory } from "../base/ulid.ts";
import type { TimelineEntry, TimelineRecord } from "../domain/timeline.ts";
import type { Atomic } from "./atomic.ts";
import type { Database, DatabaseView } from "./database.ts";
import { timelineEntryKey, timelineKey } from "./keys.ts";

/** An entry with its id, which sorts by time. */
export type StoredEntry = TimelineEntry & { readonly id: string };

/** The timelines of the incidents. */
export class Timeline {
  readonly #kv: DatabaseView;
  readonly #options: { readonly retention: { readonly alerts: number } };
  readonly #nextId = monotonicFactory();

  constructor(database: Database, options: { readonly retention: { readonly alerts: number } }) {
    this.#kv = database.of("the timelines");
    this.#options = options;
  }

  /** Add entries to the atomic that writes their facts. */
  add(atomic: Atomic, records: readonly TimelineRecord[]): void {
    const expireIn = this.#options.retention.alerts;
    for (const { incident, entry } of records) {
      atomic.set(timelineEntryKey(incident, this.#nextId(entry.at)), encode(entry), { expireIn });
    }
  }

  /** The entries of an incident, the newest first; with `before`, those before the entry with this id. @throws StoreError */
  async of(incident: string, { limit, before }: { limit: number; before?: string }): Promise<StoredEntry[]> {
    const prefix = timelineKey(incident);
    const selector = before === undefined ? { prefix } : { prefix, end: timelineEntryKey(incident, before) };
    const entries = await Array.fromAsync(this.#kv.list(selector, { limit, reverse: true }));
    return entries.map(({ key, value }) => ({ ...decode<TimelineEntry>(value), id: key[2] as string }));
  }
}
