import { decode, encode } from "../base/codec.ts";
import { isHeld, lagEnds } from "../domain/late_peer.ts";
import { awaitsCalm } from "../domain/flap.ts";
import type { Incident } from "../domain/incident.ts";
import type { IncidentChange } from "./commit.ts";
import { CurrentIncidents } from "./current_incidents.ts";
import { guard } from "./guard.ts";
import { openIncidentsKey, watchedKey, watchesKey, windowKey, windowsKey } from "./keys.ts";

/** The newest incidents of some fingerprints, as they are stored, if they decide on the next alert. */
export interface LatestIncidents {
  get(fingerprint: string): Incident | undefined;
  /** By fingerprint, on a shared store. */
  readonly versionstamps: ReadonlyMap<string, string | null>;
}

/** How the known incidents are kept. */
export interface KnownOptions {
  /** This process is the only writer: memory decides. */
  readonly exclusive: boolean;
  /** Milliseconds for one operation. */
  readonly deadline: number;
  /** How long alerts are kept, in milliseconds; read anew each time. */
  readonly retention: { readonly alerts: number };
  readonly now: () => number;
}

/**
 * Silent incidents on a local file, at most: each takes about 360 bytes of memory. Beyond that, those whose senders give no
 * start, and so never resolve them, are forgotten first, then those that have been silent the longest.
 */
const MAX_SILENT = 200_000;

/** The part of them that is left then, so that the next ones do not exceed the limit at once. */
const LEFT = 0.9;

/** How often silent incidents are checked against the retention of alerts. */
const FORGET_EVERY = 60 * 60_000;

/**
 * The incident that decides on the next alert of a fingerprint: it is open, it fell silent without an end, or it was closed
 * a short time ago. A single writer keeps it in memory; several writers share a record for each fingerprint.
 */
export class KnownIncidents {
  readonly #kv: Deno.Kv;
  readonly #options: KnownOptions;
  /** On an exclusive store: every incident that is open, or closed and still needed. */
  readonly #current = new CurrentIncidents();
  /** On an exclusive store: the silent ones, apart because the upkeep of each minute need not look at them. */
  readonly #silent = new CurrentIncidents();
  #forgotten = 0;

  constructor(kv: Deno.Kv, options: KnownOptions) {
    this.#kv = kv;
    this.#options = options;
  }

  /** Fill the memory of a single writer. */
  async load(open: AsyncIterable<Incident>): Promise<void> {
    const now = this.#options.now();
    for await (const entry of this.#kv.list({ prefix: windowsKey() }, { batchSize: 500 })) {
      const incident = decode<Incident>(entry.value);
      if (this.#keptUntil(incident) > now) this.#keep(incident);
    }
    for await (const incident of open) this.#keep(incident);
  }

  /** The newest incident of each fingerprint. @throws StoreError */
  async of(fingerprints: ReadonlySet<string>): Promise<LatestIncidents> {
    const found = new Map<string, Incident>();
    const versionstamps = new Map<string, string | null>();
    const now = this.#options.now();
    const add = (incident: Incident | undefined): void => {
      if (incident && this.#keptUntil(incident) > now) found.set(incident.fingerprint, incident);
    };
    if (this.#options.exclusive) {
      for (const fingerprint of fingerprints) {
        add(this.#current.get(fingerprint) ?? this.#silent.get(fingerprint));
      }
    } else {
      for (const entry of await this.#records([...fingerprints])) {
        versionstamps.set(entry.key[1] as string, entry.versionstamp);
        if (entry.value !== null) add(decode<Incident>(entry.value));
      }
    }
    return { get: (fingerprint) => found.get(fingerprint), versionstamps };
  }

  /** Add the record of a fingerprint to an atomic. */
  write(atomic: Deno.AtomicOperation, fingerprint: string, { before, after }: IncidentChange): void {
    const { exclusive, now } = this.#options;
    const until = this.#keptUntil(after);
    const isKept = until > now() && (!exclusive || after.closedAt !== null);
    if (isKept) {
      const expiry = until === Infinity ? {} : { expireIn: Math.ceil(until - now()) };
      atomic.set(windowKey(fingerprint), encode(after), expiry);
    } else if (!exclusive || before && before.closedAt !== null) {
      atomic.delete(windowKey(fingerprint));
    }
    if (exclusive) return;
    if (isWatched(after)) atomic.set(watchedKey(fingerprint), true);
    else if (before && isWatched(before)) atomic.delete(watchedKey(fingerprint));
  }

  /** Note that a change added by {@linkcode KnownIncidents.write} has landed. */
  landed({ after }: IncidentChange): void {
    if (!this.#options.exclusive) return;
    if (this.#keptUntil(after) > this.#options.now()) return this.#keep(after);
    this.#current.delete(after.fingerprint);
    this.#silent.delete(after.fingerprint);
  }

  /** The open incidents of which `wanted` is true. @throws StoreError */
  async open(wanted: (incident: Incident) => boolean): Promise<Incident[]> {
    const isWanted = (incident: Incident): boolean => incident.closedAt === null && wanted(incident);
    if (this.#options.exclusive) return await this.#current.filter(isWanted);
    const read = async (): Promise<Incident[]> => {
      const found: Incident[] = [];
      for await (const entry of this.#kv.list({ prefix: openIncidentsKey() })) {
        const incident = decode<Incident>(entry.value);
        if (isWanted(incident)) found.push(incident);
      }
      return found;
    };
    return await guard("read the incidents", read(), this.#options.deadline);
  }

  /** The incidents, open or closed, that time alone changes: they flap, or a firing is held. @throws StoreError */
  async restless(): Promise<Incident[]> {
    const isRestless = ({ flaps, late }: Incident): boolean => isFlapping(flaps) || isHeld({ late });
    if (this.#options.exclusive) return await this.#current.filter(isRestless);
    await this.#makeIndex();
    const read = async (): Promise<string[]> => {
      const fingerprints: string[] = [];
      for await (const { key } of this.#kv.list({ prefix: watchesKey() })) {
        fingerprints.push(key[1] as string);
      }
      return fingerprints;
    };
    const watched = await guard("read the incidents", read(), this.#options.deadline);
    const over = (await this.#records(watched)).flatMap(({ value }) =>
      value === null ? [] : [decode<Incident>(value)]
    );
    return [
      ...await this.open(isRestless),
      ...over.filter((one) => one.closedAt !== null && isRestless(one)),
    ];
  }

  /** Forget closed incidents that are no longer needed, and those that were silent for longer than alerts are kept. */
  async forget(): Promise<void> {
    if (!this.#options.exclusive) return; // their records expire
    const now = this.#options.now();
    const spent = await this.#current.filter((one) => this.#keptUntil(one) <= now);
    for (const { fingerprint, lastId } of spent) {
      if (this.#current.get(fingerprint)?.lastId === lastId) this.#current.delete(fingerprint);
    }
    if (this.#silent.size <= MAX_SILENT && now < this.#forgotten + FORGET_EVERY) return;
    this.#forgotten = now;
    await this.#forgetSilent(now);
  }

  async #forgetSilent(now: number): Promise<void> {
    const left: Incident[] = [];
    const gone: Incident[] = [];
    for (const one of await this.#silent.filter(() => true)) {
      (this.#keptUntil(one) > now ? left : gone).push(one);
    }
    if (left.length > MAX_SILENT) {
      const mayEnd = ({ startsAt }: Incident): number => startsAt === undefined ? 0 : 1;
      left.sort((a, b) => mayEnd(a) - mayEnd(b) || a.lastAt - b.lastAt);
      gone.push(...left.slice(0, left.length - MAX_SILENT * LEFT));
    }
    for (let from = 0; from < gone.length; from += 500) {
      const atomic = this.#kv.atomic();
      for (const { fingerprint, lastId } of gone.slice(from, from + 500)) {
        if (this.#silent.get(fingerprint)?.lastId !== lastId) continue; // it got an alert meanwhile
        this.#silent.delete(fingerprint);
        atomic.delete(windowKey(fingerprint));
      }
      await guard("forget incidents", atomic.commit(), this.#options.deadline);
    }
  }

  #keep(incident: Incident): void {
    const [table, other] = incident.stale ? [this.#silent, this.#current] : [this.#current, this.#silent];
    table.set(incident);
    other.delete(incident.fingerprint);
  }

  /** Until when an incident decides on the next alert of its fingerprint, in epoch milliseconds. */
  #keptUntil(incident: Incident): number {
    if (incident.stale) return incident.lastAt + this.#options.retention.alerts;
    if (incident.closedAt === null || isWatched(incident)) return Infinity;
    const flaps = Object.values(incident.flaps ?? {});
    return Math.max(lagEnds(incident), ...flaps.map(({ until = 0 }) => until));
  }

  async #records(fingerprints: readonly string[]): Promise<Deno.KvEntryMaybe<unknown>[]> {
    const entries: Deno.KvEntryMaybe<unknown>[] = [];
    for (let from = 0; from < fingerprints.length; from += 10) { // a getMany takes ten keys
      const keys = fingerprints.slice(from, from + 10).map(windowKey);
      entries.push(...await guard("read the windows", this.#kv.getMany(keys), this.#options.deadline));
    }
    return entries;
  }

  /** Build the index of watched incidents once for a database of an earlier version. */
  async #makeIndex(): Promise<void> {
    const made = await guard("read the incidents", this.#kv.get(watchesKey()), this.#options.deadline);
    if (made.value !== null) return;
    const make = async (): Promise<void> => {
      for await (const { key, value } of this.#kv.list({ prefix: windowsKey() })) {
        if (isWatched(decode<Incident>(value))) await this.#kv.set(watchedKey(key[1] as string), true);
      }
      await this.#kv.set(watchesKey(), true);
    };
    await guard("read the incidents", make(), this.#options.deadline);
  }
}

/** Whether an incident is closed, and time alone will change it. */
function isWatched({ closedAt, flaps, late }: Incident): boolean {
  return closedAt !== null && (isFlapping(flaps) || isHeld({ late }));
}

/** Whether a group was told that it flaps, and will be told when it has settled. */
function isFlapping(flaps: Incident["flaps"]): boolean {
  return flaps !== undefined && Object.values(flaps).some(awaitsCalm);
}
