import type { Atomic } from "./atomic.ts";
import type { Audit } from "./audit.ts";
import type { Annotation, Commit } from "./commit.ts";
import { firstOf } from "../base/take.ts";
import { closed, type Incident, isStale, retired } from "../domain/incident.ts";
import { decode, encode } from "../base/codec.ts";
import type { Database, DatabaseView } from "./database.ts";
import { closedIncidentKey, closedIncidentsKey, olderThan } from "./keys.ts";
import type { LatestIncidents, LatestIndex } from "./latest_incidents.ts";
import { openIn, OpenIncidents, openKeys } from "./open_incidents.ts";
import type { OpenTally } from "./open_tally.ts";

/** How the incidents are stored on this database. */
export interface IncidentsOptions {
  readonly isShared: boolean;
  readonly latest: LatestIndex;
  readonly retention: { readonly alerts: number };
  readonly audit: Audit;
}

/** The incidents, open and closed. */
export class Incidents {
  /** The counts of open incidents; `undefined` on a shared store. */
  readonly openTally: OpenTally | undefined;
  readonly #kv: DatabaseView;
  readonly #options: IncidentsOptions;
  readonly #latest: LatestIndex;
  readonly #open: OpenIncidents;

  constructor(database: Database, options: IncidentsOptions) {
    this.#kv = database.of("the incidents");
    this.#options = options;
    this.#latest = options.latest;
    this.openTally = options.latest.openTally;
    this.#open = new OpenIncidents(database, { paged: !options.isShared });
  }

  /** Read what a single writer holds in memory. */
  async load(): Promise<void> {
    await this.#latest.load(this.#open.load());
  }

  /** An incident, open or closed; `undefined` when there is none, or its retention has ended. @throws StoreError */
  async get(id: string): Promise<Incident | undefined> {
    const [own, page, over] = await this.#kv.entries([...openKeys(id), closedIncidentKey(id)]);
    if (over!.value !== null) return decode<Incident>(over!.value);
    return openIn(id, { own: own!.value, page: page!.value });
  }

  /** Open or closed incidents, the newest first; with `before`, those that began before that one. @throws StoreError */
  async newest(state: "open" | "closed", limit: number, before?: string): Promise<Incident[]> {
    const newest = state === "open" ? this.#open.newest(before) : this.#newestClosed(before);
    return await firstOf(newest, limit);
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

  /** The incidents, open or closed, that flap or have a firing on hold. @throws StoreError */
  async restless(): Promise<Incident[]> {
    return await this.#latest.restless();
  }

  /**
   * The open incidents whose sender has been silent for too long, except those that flap or that end by silence. @throws
   * StoreError
   */
  async stale({ now, staleAfter }: { now: number; staleAfter: number }): Promise<Incident[]> {
    return await this.open((one) =>
      isStale(one, { now, staleAfter }) && one.flaps === undefined && one.clearsAfter === undefined
    );
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
    const [opened, changed, reopened]: [Incident[], Incident[], Incident[]] = [[], [], []];
    const over: string[] = [];
    for (const [fingerprint, { before, after }] of incidents) {
      this.#latest.write(atomic, fingerprint, { before, after });
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
    return (versionstamp) => {
      landed();
      this.#latest.landed(incidents.values(), latest, versionstamp);
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
    const { after, note } = changed;
    const expireIn = Math.max(1, (after.closedAt ?? now) + this.#options.retention.alerts - now);
    const atomic = this.#kv.atomic().check(entry).set(entry.key, encode(after), { expireIn });
    this.#options.audit.add(atomic, [note]);
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
    for (const incident of incidents) await this.#retireOne(incident, now);
  }

  async #retireOne(incident: Incident, now: number): Promise<void> {
    const { fingerprint, id, lastId } = incident;
    const latest = await this.latest(new Set([fingerprint]));
    const before = latest.get(fingerprint);
    const isLatest = before?.id === id;
    if (isLatest && before.lastId !== lastId || !isLatest && !this.#options.isShared) return; // it got an alert meanwhile
    const isRetained = isLatest && incident.lastAt + this.#options.retention.alerts > now;
    const after = isRetained ? retired(before, now) : closed(before && isLatest ? before : incident, now);
    const atomic = this.#kv.atomic().set(closedIncidentKey(id), encode(after), this.#expiry());
    if (isLatest) {
      this.#latest.write(atomic, fingerprint, { before, after });
      this.#latest.check(atomic, latest);
    }
    const landed = this.#open.write(atomic, { over: [id] });
    const result = await this.#kv.commit(atomic);
    if (!result.ok) return; // another instance changed it: it got an alert, or is retired already
    landed();
    if (isLatest) this.#latest.landed([{ before, after }], latest, result.versionstamp);
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
