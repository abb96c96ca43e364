import { decode, encode } from "../base/codec.ts";
import { decodeTime } from "../base/ulid.ts";
import type { Incident } from "../domain/incident.ts";
import type { Atomic } from "./atomic.ts";
import type { IncidentChange } from "./commit.ts";
import type { Database, DatabaseView } from "./database.ts";
import { GuessRate, paysToGuess } from "./guesses.ts";
import { type KnownIncident, KnownIncidents } from "./known_incidents.ts";
import { CLOCK_SKEW } from "./lane_record.ts";
import { openIncidentsKey, windowKey } from "./keys.ts";
import { SharedMessageGroups } from "./message_groups.ts";
import {
  decidesUntil,
  type LatestIncidents,
  type LatestIndex,
  type LatestOptions,
} from "./latest_incidents.ts";

const NO_RECORD: KnownIncident = { incident: undefined, versionstamp: null };

/**
 * The latest incidents of a shared database: its writers share a record for each fingerprint. An instance caches its
 * reads and writes, so that most commits are decided without a read: they check the records of their decision.
 */
export class LatestShared implements LatestIndex {
  readonly openTally = undefined;
  readonly openTable = undefined;
  readonly messageGroups: SharedMessageGroups;
  readonly #kv: DatabaseView;
  readonly #options: LatestOptions;
  readonly #known = new KnownIncidents();
  /** Guesses that a record is as it is remembered, and that a fingerprint that is not remembered has no record. */
  readonly #rates = { remembered: new GuessRate(), unknown: new GuessRate() };
  readonly #guesses = new WeakSet<LatestIncidents>();

  constructor(database: Database, options: LatestOptions) {
    this.#kv = database.of("the incidents");
    this.#options = options;
    this.messageGroups = new SharedMessageGroups(database);
  }

  load(): Promise<void> {
    return Promise.resolve(); // nothing is held in memory
  }

  async of(fingerprints: ReadonlySet<string>): Promise<LatestIncidents> {
    return this.#latest(recordsIn(await this.#records([...fingerprints])));
  }

  async assumed(
    fingerprints: ReadonlySet<string>,
    isOpen: (fingerprint: string) => boolean,
  ): Promise<LatestIncidents> {
    const guesses = new Map<string, KnownIncident>();
    let chance = 1;
    for (const fingerprint of fingerprints) {
      const known = this.#known.get(fingerprint);
      guesses.set(fingerprint, known ?? NO_RECORD);
      chance *= known || !isOpen(fingerprint) ? this.#rateOf(known).chance : 0;
    }
    const guess = this.#latest(guesses);
    if (!paysToGuess(chance)) return this.reread(await this.#records([...fingerprints]), guess);
    this.#guesses.add(guess);
    return guess;
  }

  async remembered(fingerprints: ReadonlySet<string>): Promise<LatestIncidents> {
    const records = new Map<string, KnownIncident>();
    const unknown: string[] = [];
    for (const fingerprint of fingerprints) {
      const known = this.#known.get(fingerprint);
      if (known) records.set(fingerprint, known);
      else unknown.push(fingerprint);
    }
    if (unknown.length > 0) {
      for (const [fingerprint, record] of recordsIn(await this.#records(unknown))) {
        records.set(fingerprint, record);
        if (!this.#known.get(fingerprint)) this.#known.set(fingerprint, record); // a commit may have landed meanwhile
      }
    }
    return this.#latest(records);
  }

  keys({ versionstamps }: LatestIncidents): Deno.KvKey[] {
    return [...versionstamps.keys()].map(windowKey);
  }

  reread(entries: readonly Deno.KvEntryMaybe<unknown>[], assumed: LatestIncidents): LatestIncidents {
    const records = recordsIn(entries);
    for (const [fingerprint, record] of records) {
      const isRight = assumed.versionstamps.get(fingerprint) === record.versionstamp;
      this.#rateOf(this.#known.get(fingerprint)).note(isRight);
      this.#known.set(fingerprint, record);
    }
    return this.#latest(records);
  }

  check(atomic: Atomic, { versionstamps }: LatestIncidents): void {
    for (const [fingerprint, versionstamp] of versionstamps) {
      atomic.check({ key: windowKey(fingerprint), versionstamp });
    }
  }

  write(atomic: Atomic, fingerprint: string, { before, after }: IncidentChange): void {
    this.messageGroups.write(atomic, { before, after }, this.#options.clock.now());
    const left = this.#left(after);
    if (left > 0) {
      const expiry = left === Infinity ? {} : { expireIn: Math.ceil(left) };
      atomic.set(windowKey(fingerprint), encode(after), expiry);
    } else atomic.delete(windowKey(fingerprint));
  }

  landed(changes: Iterable<IncidentChange>, latest: LatestIncidents, versionstamp: string): void {
    for (const [fingerprint, checked] of latest.versionstamps) {
      if (this.#guesses.has(latest)) this.#rateOf(this.#known.get(fingerprint)).note(true);
      this.#known.set(fingerprint, { incident: latest.get(fingerprint), versionstamp: checked });
    }
    for (const { after } of changes) {
      const isStored = this.#left(after) > 0;
      this.#known.set(after.fingerprint, isStored ? { incident: after, versionstamp } : NO_RECORD);
    }
  }

  async open(isWanted: (incident: Incident) => boolean): Promise<Incident[]> {
    const found: Incident[] = [];
    for await (const { value } of this.#kv.list({ prefix: openIncidentsKey() })) {
      const incident = this.#options.renewals.apply(decode<Incident>(value));
      if (incident.closedAt === null && isWanted(incident)) found.push(incident);
    }
    return found;
  }

  forget(): Promise<void> {
    return Promise.resolve(); // their records expire
  }

  #latest(records: ReadonlyMap<string, KnownIncident>): LatestIncidents {
    const found = new Map<string, Incident>();
    const versionstamps = new Map<string, string | null>();
    for (const [fingerprint, { incident: stored, versionstamp }] of records) {
      versionstamps.set(fingerprint, versionstamp);
      const incident = stored && this.#options.renewals.apply(stored);
      if (incident && this.#left(incident) > 0) found.set(fingerprint, incident);
    }
    return { get: (fingerprint) => found.get(fingerprint), versionstamps };
  }

  #rateOf(known: KnownIncident | undefined): GuessRate {
    return known ? this.#rates.remembered : this.#rates.unknown;
  }

  /**
   * The time that an incident decides on the next alert of its fingerprint, in milliseconds: at least on its id, as
   * long as an instance's clock may be behind.
   */
  #left(incident: Incident): number {
    const newest = decodeTime(incident.lastId.slice(0, 26));
    const until = Math.max(decidesUntil(incident, this.#options), newest + CLOCK_SKEW);
    return until - this.#options.clock.now();
  }

  async #records(fingerprints: readonly string[]): Promise<Deno.KvEntryMaybe<unknown>[]> {
    return await this.#kv.entries(fingerprints.map(windowKey));
  }
}

function recordsIn(entries: readonly Deno.KvEntryMaybe<unknown>[]): Map<string, KnownIncident> {
  return new Map(entries.map(({ key, value, versionstamp }) => {
    const incident = value === null ? undefined : decode<Incident>(value);
    return [key[1] as string, { incident, versionstamp }];
  }));
}
