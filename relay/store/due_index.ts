import type { Clock } from "../base/clock.ts";
import { decode, encode } from "../base/codec.ts";
import { HOUR } from "../base/duration.ts";
import type { Incident } from "../domain/incident.ts";
import type { Atomic } from "./atomic.ts";
import type { IncidentChange } from "./commit.ts";
import type { Database, DatabaseView } from "./database.ts";
import {
  DUE_BATCH,
  type DueAt,
  type DueBatch,
  type DueIncidents,
  LOOK_AGAIN,
  SOON,
} from "./due_incidents.ts";
import {
  dueKey,
  dueSettingsKey,
  duesKey,
  openIncidentsKey,
  tickKey,
  upkeepKey,
  watchesKey,
  windowKey,
} from "./keys.ts";

/** The most entries under the minute's prefix that are not in the index: versions, clocks, and the claim. */
const OTHERS = 100;

/** The duration of an instance's claim of the index, in milliseconds: longer than a batch. */
const CLAIM = 60_000;

/** The most changes of the index in one atomic: each takes two mutations. */
const AT_ONCE = 400;

/**
 * The shortest interval between two rebuilds of the index, in milliseconds: instances with different settings would
 * alternate.
 */
const MAKE_EVERY = 5 * 60_000;

/** The longest interval between two rebuilds, in milliseconds: an instance of an earlier version adds no entries. */
const MAKE_AGAIN = 6 * HOUR;

/** The instance that works on the index, and the end of its claim. */
interface UpkeepClaim {
  readonly owner: string;
  readonly until: number;
}

/** The options of the index. */
export interface DueIndexOptions {
  readonly dueAt: DueAt;
  /** Identifies the settings that decide when an incident is due: with other settings the index is rebuilt. */
  readonly settings: () => string;
  readonly clock: Pick<Clock, "now">;
  /** Called with the other entries that were read in the same range. */
  readonly notice: (entries: readonly Deno.KvEntry<unknown>[]) => void;
}

/**
 * The incidents of a shared database by the time at which they are due: an entry for each that time alone will
 * change, which its commit sets without a check. An entry may be too early, and that of an ended incident remains
 * until its time: the job that reads it decides again. The index is under the prefix that instances read each minute
 * anyway, and one of them at a time works on it.
 */
export class DueIndex implements DueIncidents {
  readonly #kv: DatabaseView;
  readonly #options: DueIndexOptions;
  readonly #owner = crypto.randomUUID();
  #madeAt = -Infinity;
  /** The entries of the minute after the last look. */
  #soon: readonly Deno.KvEntry<unknown>[] = [];

  constructor(database: Database, options: DueIndexOptions) {
    this.#kv = database.of("the incidents");
    this.#options = options;
  }

  async *batches(now: number): AsyncGenerator<DueBatch> {
    const { notice } = this.#options;
    const name = this.#nameAt(now);
    const ahead = await this.#read(tickKey(), now + SOON, DUE_BATCH + OTHERS);
    const minute = ahead.filter(({ key }) => !isDue(key) || timeOf(key) <= now);
    this.#soon = ahead.slice(minute.length);
    notice(minute.filter(({ key }) => !isDue(key)));
    const find = (key: Deno.KvKey): Deno.KvEntry<unknown> | undefined =>
      minute.find((entry) => entry.key.length === key.length && entry.key[1] === key[1]);
    const made = find(dueSettingsKey());
    const isMade = made !== undefined && decode<string>(made.value) === name;
    let due = minute.filter(({ key }) => isDue(key));
    if (isMade && due.length === 0) return;
    let claim = await this.#claim(find(upkeepKey()) ?? { key: upkeepKey(), value: null, versionstamp: null });
    if (!claim) return;
    if (!isMade && now >= this.#madeAt + MAKE_EVERY) {
      this.#madeAt = now;
      await this.#make(now);
      due = await this.#read(duesKey(), now, DUE_BATCH);
    }
    while (due.length > 0) {
      yield await this.#batchOf(due, now);
      claim = await this.#claim(claim);
      if (!claim) return;
      due = await this.#read(duesKey(), now, DUE_BATCH);
    }
    await this.#kv.commit(this.#kv.atomic().check(claim).delete(upkeepKey()));
  }

  async soon(until: number): Promise<Incident[]> {
    const near = this.#soon.filter(({ key }) => timeOf(key) <= until);
    return near.length === 0
      ? []
      : await this.#incidents([...new Set(near.map(({ key }) => String(key[3])))]);
  }

  write(atomic: Atomic, { before, after }: IncidentChange): void {
    const { dueAt, clock } = this.#options;
    const now = clock.now();
    const [was, is] = [before ? dueAt(before, now) : Infinity, dueAt(after, now)];
    // A later time is found at the earlier one.
    if (is < was) atomic.set(dueKey(is, after.fingerprint), true);
    else if (is === Infinity && was !== Infinity) atomic.delete(dueKey(was, after.fingerprint));
  }

  landed(): void {} // nothing is held in memory

  reconsider(): void {} // the settings' name differs

  async #read(start: Deno.KvKey, now: number, limit: number): Promise<Deno.KvEntry<unknown>[]> {
    const range = { start, end: dueKey(now + 1, "") };
    return await Array.fromAsync(this.#kv.list(range, { limit, batch: limit }));
  }

  /** Claims the index, or extends the claim. @returns the claim's entry; `undefined` when another instance has it */
  async #claim(entry: Deno.KvEntryMaybe<unknown>): Promise<Deno.KvEntryMaybe<unknown> | undefined> {
    const now = this.#options.clock.now();
    const claim = entry.value === null ? undefined : decode<UpkeepClaim>(entry.value);
    if (claim && claim.owner !== this.#owner && claim.until > now) return undefined;
    const value = encode({ owner: this.#owner, until: now + CLAIM });
    const result = await this.#kv.commit(this.#kv.atomic().check(entry).set(upkeepKey(), value));
    return result.ok ? { key: upkeepKey(), value, versionstamp: result.versionstamp } : undefined;
  }

  async #batchOf(due: readonly Deno.KvEntry<unknown>[], now: number): Promise<DueBatch> {
    const times = new Map<string, number>();
    for (const { key } of due) {
      const [, , time, fingerprint] = key as [string, string, number, string];
      times.set(fingerprint, Math.min(times.get(fingerprint) ?? Infinity, time));
    }
    const incidents = await this.#incidents([...times.keys()]);
    return {
      incidents: incidents.map((incident) => ({ incident, since: times.get(incident.fingerprint)! - 1 })),
      done: async () => {
        const left = new Map((await this.#incidents([...times.keys()])).map((one) => [one.fingerprint, one]));
        const again = this.#options.clock.now() + LOOK_AGAIN;
        const moved = new Set<string>();
        await this.#commitAll(due, (atomic, { key }) => {
          const fingerprint = String(key[3]);
          atomic.delete(key);
          const incident = left.get(fingerprint);
          if (!incident || moved.has(fingerprint)) return;
          moved.add(fingerprint);
          const at = this.#options.dueAt(incident, now);
          if (at < Infinity) atomic.set(dueKey(at > now ? at : again, fingerprint), true);
        });
      },
    };
  }

  async #incidents(fingerprints: readonly string[]): Promise<Incident[]> {
    const entries = await this.#kv.entries(fingerprints.map(windowKey));
    return entries.flatMap(({ value }) => value === null ? [] : [decode<Incident>(value)]);
  }

  /** Builds the index of a database without one, or with one of other settings. */
  async #make(now: number): Promise<void> {
    const { dueAt } = this.#options;
    for await (const page of this.#kv.pages({ prefix: openIncidentsKey() }, { batch: DUE_BATCH })) {
      await this.#commitAll(page, (atomic, { value }) => {
        const incident = decode<Incident>(value);
        atomic.set(dueKey(dueAt(incident, now), incident.fingerprint), true);
      });
    }
    // Closed incidents that an earlier version tracked in another way.
    for await (const page of this.#kv.pages({ prefix: watchesKey() })) {
      await this.#commitAll(page, (atomic, { key }) => {
        if (key.length > 1) atomic.set(dueKey(now, String(key[1])), true);
        atomic.delete(key);
      });
    }
    await this.#kv.set(dueSettingsKey(), this.#nameAt(now));
  }

  /** The current name of the index: its settings, and its period. */
  #nameAt(now: number): string {
    return `${this.#options.settings()} ${Math.floor(now / MAKE_AGAIN)}`;
  }

  async #commitAll(
    entries: readonly Deno.KvEntry<unknown>[],
    change: (atomic: Atomic, entry: Deno.KvEntry<unknown>) => void,
  ): Promise<void> {
    const commits: Promise<unknown>[] = [];
    for (let from = 0; from < entries.length; from += AT_ONCE) {
      const atomic = this.#kv.atomic();
      for (const entry of entries.slice(from, from + AT_ONCE)) change(atomic, entry);
      commits.push(this.#kv.commit(atomic));
    }
    await Promise.all(commits);
  }
}

function timeOf(key: Deno.KvKey): number {
  return Number(key[2]);
}

function isDue(key: Deno.KvKey): boolean {
  return key.length === 4 && key[1] === duesKey()[1];
}
