import { decode, encode } from "../base/codec.ts";
import { HOUR } from "../base/duration.ts";
import { mayBeResent } from "../domain/after_close.ts";
import type { Incident } from "../domain/incident.ts";
import type { Atomic } from "./atomic.ts";
import type { IncidentChange } from "./commit.ts";
import { CurrentIncidents } from "./current_incidents.ts";
import type { Database, DatabaseView } from "./database.ts";
import { windowKey, windowsKey } from "./keys.ts";
import { MessageGroupsInMemory } from "./message_groups.ts";
import {
  decidesUntil,
  isRestless,
  type LatestIncidents,
  type LatestIndex,
  type LatestOptions,
} from "./latest_incidents.ts";
import { OpenTable } from "./open_table.ts";
import { OpenTally } from "./open_tally.ts";

/**
 * The most silent incidents: each takes about 360 bytes of memory. Above it, those whose senders give no start, and
 * so never resolve them, are evicted first, then those that have been silent the longest.
 */
const MAX_SILENT = 200_000;

/** The share that remains after that, so that the next ones do not exceed the limit at once. */
const REMAINING_SHARE = 0.9;

/** If the table of open incidents had to leave some out, it is filled again when it has become smaller than this. */
const REFILLED_BELOW = 25_000;

/** The interval at which silent incidents are checked against the retention of alerts. */
const FORGET_EVERY = HOUR;

/** The latest incidents of a local file: its only writer holds all of them in memory. */
export class LatestInMemory implements LatestIndex {
  readonly openTally = new OpenTally();
  readonly openTable = new OpenTable();
  readonly messageGroups = new MessageGroupsInMemory();
  readonly #kv: DatabaseView;
  readonly #options: LatestOptions;
  /** Every incident that is open, or closed and still needed. */
  readonly #current = new CurrentIncidents();
  /** The silent ones, apart because the upkeep of each minute need not look at them. */
  readonly #silent = new CurrentIncidents();
  #forgotten = 0;

  constructor(database: Database, options: LatestOptions) {
    this.#kv = database.of("the incidents");
    this.#options = options;
  }

  async load(open: AsyncIterable<Incident>): Promise<void> {
    for await (const { value } of this.#kv.list({ prefix: windowsKey() }, { batch: 500 })) {
      const incident = decode<Incident>(value);
      if (!this.#decides(incident)) continue;
      this.messageGroups.changed(undefined, incident);
      this.#keep(incident);
    }
    for await (const incident of open) {
      this.openTally.changed(undefined, incident);
      this.openTable.add(incident);
      this.messageGroups.changed(undefined, incident);
      this.#keep(incident);
    }
  }

  of(fingerprints: ReadonlySet<string>): Promise<LatestIncidents> {
    const latest = new Map<string, Incident>();
    const { renewals } = this.#options;
    for (const fingerprint of fingerprints) {
      const stored = this.#current.get(fingerprint) ?? this.#silent.get(fingerprint);
      const incident = stored && renewals.apply(stored);
      if (incident && this.#decides(incident)) latest.set(fingerprint, incident);
    }
    return Promise.resolve({ get: (fingerprint) => latest.get(fingerprint), versionstamps: new Map() });
  }

  assumed(fingerprints: ReadonlySet<string>): Promise<LatestIncidents> {
    return this.of(fingerprints); // memory is right
  }

  remembered(fingerprints: ReadonlySet<string>): Promise<LatestIncidents> {
    return this.of(fingerprints);
  }

  keys(): Deno.KvKey[] {
    return [];
  }

  reread(_entries: readonly Deno.KvEntryMaybe<unknown>[], latest: LatestIncidents): LatestIncidents {
    return latest;
  }

  check(): void {} // there is no other writer

  write(atomic: Atomic, fingerprint: string, { before, after }: IncidentChange): void {
    if (after.closedAt !== null && this.#decides(after)) {
      const until = decidesUntil(after, this.#options);
      const expiry = until === Infinity ? {} : { expireIn: Math.ceil(until - this.#options.clock.now()) };
      atomic.set(windowKey(fingerprint), encode(after), expiry);
    } else if (before && before.closedAt !== null) atomic.delete(windowKey(fingerprint));
  }

  landed(changes: Iterable<IncidentChange>): void {
    for (const change of changes) this.#landed(change);
  }

  #landed({ before, after, labels }: IncidentChange): void {
    this.openTally.changed(before, after);
    this.openTable.changed(before, after, labels);
    this.messageGroups.changed(before, after);
    if (this.#decides(after)) return this.#keep(after);
    this.#current.delete(after.fingerprint);
    this.#silent.delete(after.fingerprint);
  }

  async open(isWanted: (incident: Incident) => boolean): Promise<Incident[]> {
    return await this.current((incident) => incident.closedAt === null && isWanted(incident));
  }

  /** The incidents, open or closed, that are not silent and for which `isWanted` is true. */
  async current(isWanted: (incident: Incident) => boolean): Promise<Incident[]> {
    const { renewals } = this.#options;
    const found = await this.#current.filter((incident) => isWanted(renewals.apply(incident)));
    return found.map((incident) => renewals.apply(incident));
  }

  async forget(): Promise<void> {
    const now = this.#options.clock.now();
    this.messageGroups.forget(now);
    for (const { fingerprint, lastId } of await this.current((one) => !this.#decides(one))) {
      if (this.#current.get(fingerprint)?.lastId === lastId) this.#current.delete(fingerprint);
    }
    if (this.openTable.floor !== "" && this.openTable.size < REFILLED_BELOW) {
      this.openTable.refill(await this.open(() => true));
    }
    if (this.#silent.size <= MAX_SILENT && now < this.#forgotten + FORGET_EVERY) return;
    this.#forgotten = now;
    await this.#forgetSilent();
  }

  async #forgetSilent(): Promise<void> {
    const left: Incident[] = [];
    const gone: Incident[] = [];
    const { renewals } = this.#options;
    for (const stored of await this.#silent.filter(() => true)) {
      const one = renewals.apply(stored);
      (this.#decides(one) ? left : gone).push(one);
    }
    if (left.length > MAX_SILENT) {
      const mayEnd = ({ startsAt }: Incident): number => startsAt === undefined ? 0 : 1;
      left.sort((a, b) => mayEnd(a) - mayEnd(b) || a.lastAt - b.lastAt);
      gone.push(...left.slice(0, left.length - MAX_SILENT * REMAINING_SHARE));
    }
    for (let from = 0; from < gone.length; from += 500) {
      const atomic = this.#kv.atomic();
      for (const { fingerprint, lastId } of gone.slice(from, from + 500)) {
        if (this.#silent.get(fingerprint)?.lastId !== lastId) continue; // it got an alert meanwhile
        this.#silent.delete(fingerprint);
        atomic.delete(windowKey(fingerprint));
      }
      await this.#kv.commit(atomic);
    }
  }

  #decides(incident: Incident): boolean {
    return decidesUntil(incident, this.#options) > this.#options.clock.now();
  }

  #keep(incident: Incident): void {
    const isSilent = incident.stale || mayBeResent(incident) && !isRestless(incident);
    const [table, other] = isSilent ? [this.#silent, this.#current] : [this.#current, this.#silent];
    table.set(incident);
    other.delete(incident.fingerprint);
  }
}
