import { decode, encode } from "../base/codec.ts";
import { monotonicFactory } from "../base/ulid.ts";
import type { Incident } from "../domain/incident.ts";
import type { TimelineEntry, TimelineRecord } from "../domain/timeline.ts";
import { withEarlier } from "../domain/earlier_timeline.ts";
import { recorded } from "../domain/timeline_state.ts";
import type { Atomic } from "./atomic.ts";
import type { Database, DatabaseView } from "./database.ts";
import { timelineEntryKey, timelineKey } from "./keys.ts";

/** An entry with its id, which sorts by time. */
export type StoredEntry = TimelineEntry & { readonly id: string };

/** The timelines of the incidents. */
export class Timeline {
  readonly #kv: DatabaseView;
  readonly #options: { readonly retention: { readonly alerts: number } };
  /** Makes the id of an entry from its time. Each is later than the one before. */
  readonly nextId = monotonicFactory();

  constructor(database: Database, options: { readonly retention: { readonly alerts: number } }) {
    this.#kv = database.of("the timelines");
    this.#options = options;
  }

  /** Add entries to the atomic that writes their facts. */
  add(atomic: Atomic, records: readonly TimelineRecord[]): void {
    const expireIn = this.#options.retention.alerts;
    for (const { incident, id, entry } of records) {
      atomic.set(timelineEntryKey(incident, id), encode(entry), { expireIn });
    }
  }

  /** Add entries of one incident to the atomic that writes it. @returns the incident to write */
  record(
    atomic: Atomic,
    { before, after: incident }: { before: Incident; after: Incident },
    entries: readonly TimelineEntry[],
  ): Incident {
    for (const entry of withEarlier(before, incident, entries)) {
      const after = recorded(incident, entry, this.nextId);
      this.add(atomic, [after.record]);
      incident = after.incident;
    }
    return incident;
  }

  /**
   * The entries of an incident.
   *
   * @param options `reverse`: the newest first · `from`: continue after the entry with this id, in the same order
   * @throws StoreError
   */
  async of(
    incident: string,
    { limit, reverse = false, from }: { limit: number; reverse?: boolean; from?: string | undefined },
  ): Promise<StoredEntry[]> {
    const prefix = timelineKey(incident);
    const selector = from === undefined
      ? { prefix }
      : reverse
      ? { prefix, end: timelineEntryKey(incident, from) }
      : { prefix, start: timelineEntryKey(incident, `${from}\0`) };
    const entries = await Array.fromAsync(this.#kv.list(selector, { limit, reverse }));
    return entries.map(({ key, value }) => ({ ...decode<TimelineEntry>(value), id: key[2] as string }));
  }

  /** One entry. @throws StoreError */
  async get(incident: string, id: string): Promise<TimelineEntry | undefined> {
    return await this.#kv.get<TimelineEntry>(timelineEntryKey(incident, id));
  }
}
