import type { Atomic } from "./atomic.ts";
import type { Audit } from "./audit.ts";
import type { Annotation, Commit, IncidentChange } from "./commit.ts";
import { firstOf } from "../base/take.ts";
import { closed, type Incident, retired } from "../domain/incident.ts";
import { decode, encode } from "../base/codec.ts";
import { StoreError } from "./errors.ts";
import type { Database, DatabaseView } from "./database.ts";
import { closedIncidentKey, closedIncidentsKey, olderThan } from "./keys.ts";
import { type DueBatch, type DueIncidents, SOON } from "./due_incidents.ts";
import type { Inhibitors } from "./inhibitors.ts";
import type { LatestIncidents, LatestIndex } from "./latest_incidents.ts";
import { openIn, OpenIncidents, openKeys } from "./open_incidents.ts";
import type { MessageGroups } from "./message_groups.ts";
import type { OpenTable } from "./open_table.ts";
import type { OpenTally } from "./open_tally.ts";
import type { Renewals } from "./renewals.ts";
import type { Timeline } from "./timeline.ts";

/** The options of the incidents on this database. */
export interface IncidentsOptions {
  readonly isShared: boolean;
  readonly latest: LatestIndex;
  readonly due: DueIncidents;
  /** Called with each incident that a commit of this instance has changed. */
  readonly changed: (incident: Incident) => void;
  readonly retention: { readonly alerts: number };
  readonly audit: Audit;
  readonly timeline: Timeline;
  readonly inhibitors: Pick<Inhibitors, "write">;
  readonly renewals: Pick<Renewals, "apply">;
}

/** Incidents that are retired in one atomic: on a shared store each takes a check, of which a server allows ten. */
const RETIRED = 50;
const RETIRED_SHARED = 9;

/** Such atomics that are under way at once. */
const RETIRED_AT_ONCE = 8;

/** The incidents, open and closed. */
export class Incidents {
  /** The counts of open incidents; `undefined` on a shared store. */
  readonly openTally: OpenTally | undefined;
  /** The open incidents in memory, for lists; `undefined` on a shared store. */
  readonly openTable: OpenTable | undefined;
  readonly messageGroups: MessageGroups;
  readonly #kv: DatabaseView;
  readonly #options: IncidentsOptions;
  readonly #latest: LatestIndex;
  readonly #open: OpenIncidents;

  constructor(database: Database, options: IncidentsOptions) {
    this.#kv = database.of("the incidents");
    this.#options = options;
    this.#latest = options.latest;
    this.openTally = options.latest.openTally;
    this.openTable = options.latest.openTable;
    this.messageGroups = options.latest.messageGroups;
    this.#open = new OpenIncidents(database, { paged: !options.isShared });
  }

  /** Read the state that a single writer holds in memory. */
  async load(): Promise<void> {
    await this.#latest.load(this.#open.load());
  }

  /** An incident, open or closed; `undefined` when there is none, or its retention has ended. @throws StoreError */
  async get(id: string): Promise<Incident | undefined> {
    const [own, page, over] = await this.#kv.entries([...openKeys(id), closedIncidentKey(id)]);
    if (over!.value !== null) return decode<Incident>(over!.value);
    const open = openIn(id, { own: own!.value, page: page!.value });
    return open && this.#options.renewals.apply(open);
  }

  /** Open or closed incidents, the newest first; with `before`, those that began before that one. @throws StoreError */
  async newest(state: "open" | "closed", limit: number, before?: string): Promise<Incident[]> {
    const newest = state === "open" ? this.#open.newest(before) : this.#newestClosed(before);
    return (await firstOf(newest, limit)).map((incident) => this.#options.renewals.apply(incident));
  }

  async *#newestClosed(before?: string): AsyncGenerator<Incident> {
    for await (const { value } of this.#kv.list(olderThan(closedIncidentsKey(), before), { reverse: true })) {
      const incident = decode<Incident>(value);
      if (incident.id !== before) yield incident;
    }
  }

  /** The latest incident of each fingerprint: open, silent, or closed recently. @throws StoreError */
  async latest(fingerprints: ReadonlySet<string>): Promise<LatestIncidents> {
    return await this.#latest.of(fingerprints);
  }

  /**
   * The same for a commit, which checks them: on a shared store another instance may have changed them. `isOpen`: whether an
   * incident is expected to be open, although this instance knows of none.
   *
   * @throws StoreError
   */
  async assumed(
    fingerprints: ReadonlySet<string>,
    isOpen: (fingerprint: string) => boolean,
  ): Promise<LatestIncidents> {
    return await this.#latest.assumed(fingerprints, isOpen);
  }

  /** The latest incidents as this instance knows them, which may be out of date on a shared store. @throws StoreError */
  async remembered(fingerprints: ReadonlySet<string>): Promise<LatestIncidents> {
    return await this.#latest.remembered(fingerprints);
  }

  /** The keys of the records that a commit checks. */
  keys(latest: LatestIncidents): Deno.KvKey[] {
    return this.#latest.keys(latest);
  }

  /** The latest incidents as they were read under {@linkcode keys}, after a check of them failed. */
  reread(entries: readonly Deno.KvEntryMaybe<unknown>[], assumed: LatestIncidents): LatestIncidents {
    return this.#latest.reread(entries, assumed);
  }

  /** The open incidents for which `wanted` is true. @throws StoreError */
  async open(wanted: (incident: Incident) => boolean): Promise<Incident[]> {
    return await this.#latest.open(wanted);
  }

  /** The incidents that time may change now, in batches. @throws StoreError */
  async *due(now: number): AsyncGenerator<DueBatch> {
    const { due, renewals } = this.#options;
    for await (const { incidents, ...batch } of due.batches(now)) {
      yield {
        ...batch,
        incidents: incidents.map((one) => ({ ...one, incident: renewals.apply(one.incident) })),
      };
    }
  }

  /** Those that may be due before the next look. @throws StoreError */
  async soon(now: number): Promise<Incident[]> {
    const { due, renewals } = this.#options;
    return (await due.soon(now + SOON)).map((incident) => renewals.apply(incident));
  }

  /** The settings have changed by which incidents are due. */
  reconsiderDue(): void {
    this.#options.due.reconsider();
  }

  /**
   * Have an atomic fail when another instance has changed an incident that it was decided on: also one that the decision
   * left as it was, such as none at all.
   */
  check(atomic: Atomic, latest: LatestIncidents): void {
    this.#latest.check(atomic, latest);
  }

  /** Add the changes of a commit to an atomic. @returns a function to call with the versionstamp of the atomic, when it has landed */
  write(
    atomic: Atomic,
    { incidents, closed }: Pick<Commit, "incidents" | "closed">,
    latest: LatestIncidents,
  ): (versionstamp: string) => void {
    const { due, inhibitors } = this.#options;
    const [opened, changed, reopened]: [Incident[], Incident[], Incident[]] = [[], [], []];
    const over: string[] = [];
    for (const [fingerprint, { before, after }] of incidents) {
      this.#latest.write(atomic, fingerprint, { before, after });
      due.write(atomic, { before, after });
      if (before?.closedAt === null && (before.id !== after.id || after.closedAt !== null)) {
        over.push(before.id);
      }
      if (after.closedAt !== null) atomic.set(closedIncidentKey(after.id), encode(after), this.#expiry());
      else if (before?.id !== after.id) opened.push(after);
      else if (before.closedAt === null) changed.push(after);
      else {
        atomic.delete(closedIncidentKey(after.id));
        reopened.push(after);
      }
    }
    const landed = this.#open.write(atomic, { opened, changed, reopened, over });
    for (const incident of closed) {
      atomic.set(closedIncidentKey(incident.id), encode(incident), this.#expiry());
    }
    const inhibitorsLanded = inhibitors.write(atomic, incidents.values());
    return (versionstamp) => {
      landed();
      inhibitorsLanded();
      this.#latest.landed(incidents.values(), latest, versionstamp);
      for (const change of incidents.values()) {
        due.landed(change);
        this.#options.changed(change.after);
      }
    };
  }

  /** Change a closed incident. @returns the changed incident; `undefined` when it is missing or open. @throws StoreError */
  async annotate(id: string, { change, now }: Annotation): Promise<Incident | undefined> {
    const key = closedIncidentKey(id);
    const entry = await this.#kv.entry(key);
    if (entry.value === null) return undefined;
    const before = decode<Incident>(entry.value);
    const changed = change(before);
    if (!changed) return before;
    const { note, entry: fact } = changed;
    const { audit, retention, timeline } = this.#options;
    const atomic = this.#kv.atomic().check(entry);
    const after = timeline.record(atomic, { before, after: changed.after }, [fact]);
    const expireIn = Math.max(1, (after.closedAt ?? now) + retention.alerts - now);
    atomic.set(entry.key, encode(after), { expireIn });
    audit.add(atomic, [note]);
    const { ok } = await this.#kv.commit(atomic);
    return ok ? after : await this.annotate(id, { change, now });
  }

  /**
   * Remove incidents from the open ones, except those that got an alert since they were read. Nobody is notified. Which
   * groups were notified of an incident stays stored for as long as alerts are.
   *
   * @throws StoreError
   */
  async retire(incidents: readonly Incident[], now: number): Promise<void> {
    const { isShared } = this.#options;
    const size = isShared ? RETIRED_SHARED : RETIRED;
    const chunks = Array.from(
      { length: Math.ceil(incidents.length / size) },
      (_, chunk) => incidents.slice(chunk * size, (chunk + 1) * size),
    );
    for (let from = 0; from < chunks.length; from += RETIRED_AT_ONCE) {
      await Promise.all(
        chunks.slice(from, from + RETIRED_AT_ONCE).map((chunk) => this.#retireSome(chunk, now)),
      );
    }
  }

  async #retireSome(incidents: readonly Incident[], now: number): Promise<void> {
    const { isShared, due, retention, timeline, inhibitors } = this.#options;
    const latest = await this.latest(new Set(incidents.map(({ fingerprint }) => fingerprint)));
    const atomic = this.#kv.atomic();
    const over: string[] = [];
    const changes: IncidentChange[] = [];
    for (const incident of incidents) {
      const { fingerprint, id, lastId } = incident;
      const before = latest.get(fingerprint);
      const isLatest = before?.id === id;
      if (isLatest && before.lastId !== lastId || !isLatest && !isShared) continue; // it got an alert meanwhile
      const isRetained = isLatest && incident.lastAt + retention.alerts > now;
      const left = isRetained ? retired(before, now) : closed(before && isLatest ? before : incident, now);
      const after = timeline.record(atomic, { before: isLatest ? before : incident, after: left }, [{
        kind: "stale",
        at: now,
        alerts: left.count,
      }]);
      atomic.set(closedIncidentKey(id), encode(after), this.#expiry());
      over.push(id);
      if (!isLatest) continue;
      this.#latest.write(atomic, fingerprint, { before, after });
      due.write(atomic, { before, after });
      changes.push({ before, after });
    }
    if (over.length === 0) return;
    this.#latest.check(atomic, latest);
    const landed = this.#open.write(atomic, { over });
    const inhibitorsLanded = inhibitors.write(atomic, changes);
    const result = await this.#kv.commit(atomic).catch((error: unknown) => {
      if (incidents.length > 1 && error instanceof StoreError && error.kind === "too_large") return undefined;
      throw error;
    });
    if (result?.ok) {
      landed();
      inhibitorsLanded();
      this.#latest.landed(changes, latest, result.versionstamp);
      for (const change of changes) due.landed(change);
    } else if (incidents.length > 1) {
      // Another instance changed one of them, or together they are too large for an atomic.
      for (const incident of incidents) await this.#retireSome([incident], now);
    }
  }

  /** Forget the incidents that no longer decide anything. @throws StoreError */
  async forget(): Promise<void> {
    await this.#latest.forget();
  }

  /** Remove the remains of closed incidents. @throws StoreError */
  async sweep(): Promise<void> {
    await this.#open.sweep();
  }

  #expiry(): { expireIn: number } {
    return { expireIn: this.#options.retention.alerts };
  }
}
