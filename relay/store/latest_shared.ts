import { decode, encode } from "../base/codec.ts";
import type { Incident } from "../domain/incident.ts";
import type { Atomic } from "./atomic.ts";
import type { IncidentChange } from "./commit.ts";
import type { Database, DatabaseView } from "./database.ts";
import { openIncidentsKey, watchedKey, watchesKey, windowKey, windowsKey } from "./keys.ts";
import {
  decidesUntil,
  isRestless,
  isWatched,
  type LatestIncidents,
  type LatestIndex,
  type LatestOptions,
} from "./latest_incidents.ts";

/** The latest incidents of a shared database: its writers share a record for each fingerprint. */
export class LatestShared implements LatestIndex {
  readonly openTally = undefined;
  readonly #kv: DatabaseView;
  readonly #options: LatestOptions;

  constructor(database: Database, options: LatestOptions) {
    this.#kv = database.of("the incidents");
    this.#options = options;
  }

  load(): Promise<void> {
    return Promise.resolve(); // nothing is held in memory
  }

  async of(fingerprints: ReadonlySet<string>): Promise<LatestIncidents> {
    const found = new Map<string, Incident>();
    const versionstamps = new Map<string, string | null>();
    for (const { key, value, versionstamp } of await this.#records([...fingerprints])) {
      const fingerprint = key[1] as string;
      versionstamps.set(fingerprint, versionstamp);
      const incident = value === null ? undefined : decode<Incident>(value);
      if (incident && decidesUntil(incident, this.#options) > this.#options.clock.now()) {
        found.set(fingerprint, incident);
      }
    }
    return { get: (fingerprint) => found.get(fingerprint), versionstamps };
  }

  check(atomic: Atomic, fingerprint: string, { versionstamps }: LatestIncidents): void {
    atomic.check({ key: windowKey(fingerprint), versionstamp: versionstamps.get(fingerprint) ?? null });
  }

  write(atomic: Atomic, fingerprint: string, { before, after }: IncidentChange): void {
    const until = decidesUntil(after, this.#options);
    const left = until - this.#options.clock.now();
    if (left > 0) {
      const expiry = until === Infinity ? {} : { expireIn: Math.ceil(left) };
      atomic.set(windowKey(fingerprint), encode(after), expiry);
    } else atomic.delete(windowKey(fingerprint));
    if (isWatched(after)) atomic.set(watchedKey(fingerprint), true);
    else if (before && isWatched(before)) atomic.delete(watchedKey(fingerprint));
  }

  landed(): void {} // nothing is held in memory

  async open(isWanted: (incident: Incident) => boolean): Promise<Incident[]> {
    const found: Incident[] = [];
    for await (const { value } of this.#kv.list({ prefix: openIncidentsKey() })) {
      const incident = decode<Incident>(value);
      if (incident.closedAt === null && isWanted(incident)) found.push(incident);
    }
    return found;
  }

  async restless(): Promise<Incident[]> {
    await this.#makeIndex();
    const watched: string[] = [];
    for await (const { key } of this.#kv.list({ prefix: watchesKey() })) watched.push(key[1] as string);
    const over = (await this.#records(watched))
      .flatMap(({ value }) => value === null ? [] : [decode<Incident>(value)]);
    return [...await this.open(isRestless), ...over.filter(isWatched)];
  }

  forget(): Promise<void> {
    return Promise.resolve(); // their records expire
  }

  async #records(fingerprints: readonly string[]): Promise<Deno.KvEntryMaybe<unknown>[]> {
    return await this.#kv.entries(fingerprints.map(windowKey));
  }

  /** Build the index of watched incidents once for a database of an earlier version. */
  async #makeIndex(): Promise<void> {
    if ((await this.#kv.entry(watchesKey())).value !== null) return;
    for await (const { key, value } of this.#kv.list({ prefix: windowsKey() })) {
      if (!isWatched(decode<Incident>(value))) continue;
      await this.#kv.commit(this.#kv.atomic().set(watchedKey(key[1] as string), true));
    }
    await this.#kv.commit(this.#kv.atomic().set(watchesKey(), true));
  }
}
