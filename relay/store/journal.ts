import type { Audit } from "./audit.ts";
import type { Annotation, Commit, CommitLimits, Hear } from "./commit.ts";
import { type LoggedAlert, parseAlertId } from "../domain/record.ts";
import { firstOf } from "../base/take.ts";
import { closed, fallenSilent, type Incident, isStale } from "../domain/incident.ts";
import { decode, encode } from "../base/codec.ts";
import { guard, storeErrorOf } from "./guard.ts";
import { type Known, KnownIncidents } from "./known_incidents.ts";
import { LogCache } from "./log_cache.ts";
import { openIn, OpenIncidents, openKeys } from "./open_incidents.ts";
import { OpenTally } from "./open_tally.ts";
import { setSignature } from "./signatures.ts";
import { AcceptedTally, type Cell, type Retention, setCells } from "./tallies.ts";
import { WriterCell } from "./writer_cell.ts";
import {
  bellKey,
  closedIncidentKey,
  closedIncidentsKey,
  logKey,
  logsKey,
  queuedKey,
  windowKey,
} from "./keys.ts";

/** How the journal keeps its promises on this database. */
export interface JournalOptions {
  /** A local file has this process as its only writer: memory decides, and commits carry no checks. */
  readonly exclusive: boolean;
  /** Checks that one atomic may hold. */
  readonly checks: number;
  /** Milliseconds for one operation. */
  readonly deadline: number;
  readonly retention: Retention;
  readonly audit: Audit;
  readonly now: () => number;
  readonly hear?: Hear;
}

/** The database takes 1,000 mutations and 800 KiB an atomic, and 80 KiB of keys: about 90 bytes each for a waiting delivery. */
const LIMITS: CommitLimits = { mutations: 800, bytes: 600_000 };

/** A waiting delivery needs its alert, however short the retention: a week of quiet hours, a day of tries, and a margin. */
const LONGEST_WAIT = 9 * 86_400_000;

/** After a storm there is much to be swept. */
const SWEEP_MS = 600_000;

/** What was accepted: the log, and the incidents that it amounts to. */
export class Journal {
  readonly limits = LIMITS;
  /** How many different fingerprints one commit may change. */
  readonly fingerprints: number;
  readonly #kv: Deno.Kv;
  readonly #options: JournalOptions;
  readonly #newest = new LogCache();
  readonly #tally = new AcceptedTally();
  readonly #known: KnownIncidents;
  /** On an exclusive store: the counts of open incidents. */
  readonly openTally = new OpenTally();
  readonly #open: OpenIncidents;
  readonly #cell: WriterCell;

  constructor(kv: Deno.Kv, options: JournalOptions) {
    this.#kv = kv;
    this.#options = options;
    this.#known = new KnownIncidents(kv, options);
    this.#open = new OpenIncidents(kv, { paged: options.exclusive });
    this.#cell = new WriterCell(kv, options);
    // One check is the writer's own cell. A single writer has no need of them, but nearly each takes a mutation.
    this.fingerprints = options.exclusive ? LIMITS.mutations : options.checks - 1;
  }

  /** Read what a single writer keeps in memory. @returns the newest log page's id. */
  async load(): Promise<string | undefined> {
    if (this.#options.exclusive) await this.#known.load(this.#loadOpen());
    for await (const entry of this.#kv.list({ prefix: logsKey() }, { reverse: true, limit: 1 })) {
      return entry.key[1] as string;
    }
    return undefined;
  }

  async *#loadOpen(): AsyncGenerator<Incident> {
    for await (const incident of this.#open.load()) {
      this.openTally.changed(undefined, incident);
      yield incident;
    }
  }

  /** The newest incident of each fingerprint: open, silent, or closed recently. @throws StoreError */
  async known(fingerprints: ReadonlySet<string>): Promise<Known> {
    return await this.#known.of(fingerprints);
  }

  /**
   * Write a commit. It is on disk when this returns `landed`; `stale` means that another instance changed one of its
   * incidents: plan again.
   *
   * @throws StoreError when it is not known to have landed. On a shared store it may still land later.
   */
  async append(commit: Commit, known: Known): Promise<"landed" | "stale"> {
    const [first] = commit.pages;
    const { cells, landed } = first ? this.#tally.after(first.id, commit.tally) : { cells: [] };
    let outcome: "landed" | "stale";
    try {
      outcome = this.#options.exclusive
        ? await this.#appendAlone(commit, cells)
        : await this.#appendShared(commit, known, cells);
    } catch (error) {
      this.#tally.doubt();
      throw error;
    }
    if (outcome === "landed") {
      landed?.();
      for (const page of commit.pages) this.#newest.set(page);
      commit.queued.forEach((page) => this.#options.hear?.(page));
    }
    return outcome;
  }

  /** The log's record of an alert; `undefined` when there is none, or its retention is over. @throws StoreError */
  async alert(id: string): Promise<LoggedAlert | undefined> {
    const parsed = parseAlertId(id);
    if (!parsed) return undefined;
    const cached = this.#newest.get(parsed.page);
    if (cached) return cached[parsed.place];
    const entry = await guard("read the log", this.#kv.get(logKey(parsed.page)), this.#options.deadline);
    if (entry.value === null) return undefined;
    this.#newest.set({ id: parsed.page, bytes: entry.value as Uint8Array });
    return this.#newest.get(parsed.page)?.[parsed.place];
  }

  /** The newest alerts of the log, the newest first; with `before`, those older than that alert. @throws StoreError */
  async newest(limit: number, before?: string): Promise<LoggedAlert[]> {
    const page = before === undefined ? undefined : parseAlertId(before)?.page ?? before;
    const read = async (): Promise<LoggedAlert[]> => {
      const alerts: LoggedAlert[] = [];
      for await (const entry of this.#kv.list(olderThan(logsKey(), page), { reverse: true, batchSize: 20 })) {
        const older = decode<LoggedAlert[]>(entry.value).filter(({ id }) =>
          before === undefined || id < before
        );
        alerts.push(...older.reverse());
        if (alerts.length >= limit) break;
      }
      return alerts.slice(0, limit);
    };
    return await guard("read the log", read(), this.#options.deadline);
  }

  /** Open or closed incidents, the newest first; with `before`, those that began before that one. @throws StoreError */
  async incidents(state: "open" | "closed", limit: number, before?: string): Promise<Incident[]> {
    const newest = state === "open" ? this.#open.newest(before) : this.#newestClosed(before);
    return await guard("read the incidents", firstOf(newest, limit), this.#options.deadline);
  }

  async *#newestClosed(before?: string): AsyncGenerator<Incident> {
    for await (const { value } of this.#kv.list(olderThan(closedIncidentsKey(), before), { reverse: true })) {
      const incident = decode<Incident>(value);
      if (incident.id !== before) yield incident;
    }
  }

  /** An incident, open or closed; `undefined` when there is none, or its retention is over. @throws StoreError */
  async incident(id: string): Promise<Incident | undefined> {
    const keys = [...openKeys(id), closedIncidentKey(id)];
    const read = this.#kv.getMany<unknown[]>(keys);
    const [own, page, over] = await guard("read an incident", read, this.#options.deadline);
    if (over!.value !== null) return decode<Incident>(over!.value);
    return openIn(id, { own: own!.value, page: page!.value });
  }

  /** Remove what is left of incidents that are over. @throws StoreError */
  async sweep(): Promise<void> {
    await guard("sweep the incidents", this.#open.sweep(), SWEEP_MS);
  }

  /** The open incidents of which `wanted` is true. @throws StoreError */
  async open(wanted: (incident: Incident) => boolean): Promise<Incident[]> {
    return await this.#known.open(wanted);
  }

  /** The incidents, open or closed, that flap or of which a firing is held. @throws StoreError */
  async restless(): Promise<Incident[]> {
    return await this.#known.restless();
  }

  /** Change an incident that is over. @returns it as it is now, if it is there and over. @throws StoreError */
  async annotate(id: string, { change, now }: Annotation): Promise<Incident | undefined> {
    const key = closedIncidentKey(id);
    const entry = await guard("read an incident", this.#kv.get(key), this.#options.deadline);
    if (entry.value === null) return undefined;
    const before = decode<Incident>(entry.value);
    const changed = change(before);
    if (!changed) return before;
    const { after, note } = changed;
    const expireIn = Math.max(1, (after.closedAt ?? now) + this.#options.retention.alerts - now);
    const atomic = this.#kv.atomic().check(entry).set(entry.key, encode(after), { expireIn });
    this.#options.audit.add(atomic, [note]);
    const { ok } = await guard("write an incident", atomic.commit(), this.#options.deadline);
    return ok ? after : await this.annotate(id, { change, now });
  }

  /** The incidents that were silent for too long, except those that flap and those that end by silence. @throws StoreError */
  async stale({ now, staleAfter }: { now: number; staleAfter: number }): Promise<Incident[]> {
    return await this.open((one) =>
      isStale(one, { now, staleAfter }) && one.flaps === undefined && one.clearsAfter === undefined
    );
  }

  /**
   * Take incidents off the list of open ones, except those that got an alert since they were read. Nobody is notified of
   * that. The groups that were notified of one stay known for as long as alerts are kept.
   *
   * @throws StoreError
   */
  async retire(incidents: readonly Incident[], now: number): Promise<void> {
    for (const incident of incidents) await this.#retireOne(incident, now);
  }

  /** Forget the incidents that no longer decide anything. @throws StoreError */
  async forget(): Promise<void> {
    await this.#known.forget();
  }

  async #retireOne(incident: Incident, now: number): Promise<void> {
    const { fingerprint, id, lastId } = incident;
    const known = await this.known(new Set([fingerprint]));
    const before = known.get(fingerprint);
    const isNewest = before?.id === id;
    if (isNewest && before.lastId !== lastId || !isNewest && this.#options.exclusive) return; // it got an alert meanwhile
    const isKept = isNewest && incident.lastAt + this.#options.retention.alerts > now;
    const after = isKept ? fallenSilent(before, now) : closed(before && isNewest ? before : incident, now);
    const atomic = this.#kv.atomic().set(closedIncidentKey(id), encode(after), this.#expiry());
    if (isNewest) {
      this.#known.write(atomic, fingerprint, { before, after });
      if (!this.#options.exclusive) atomic.check(checkOf(fingerprint, known));
    }
    const landed = this.#open.write(atomic, { over: [id] });
    await guard("close an incident", atomic.commit(), this.#options.deadline);
    landed();
    if (!this.#options.exclusive) return;
    this.#known.landed({ before, after });
    this.openTally.changed(before, after);
  }

  /** The one writer waits for its commit however long it takes: it must know the outcome before it decides on. */
  async #appendAlone(commit: Commit, cells: readonly Cell[]): Promise<"landed"> {
    const { atomic, landed } = this.#atomic(commit, cells);
    try {
      await atomic.commit();
    } catch (error) {
      throw storeErrorOf("store the alerts", error);
    }
    landed();
    for (const change of commit.incidents.values()) {
      this.#known.landed(change);
      this.openTally.changed(change.before, change.after);
    }
    return "landed";
  }

  async #appendShared(
    commit: Commit,
    known: Known,
    cells: readonly Cell[],
  ): Promise<"landed" | "stale"> {
    return await this.#cell.commit("store the alerts", () => {
      const { atomic } = this.#atomic(commit, cells);
      for (const fingerprint of commit.incidents.keys()) atomic.check(checkOf(fingerprint, known));
      return atomic;
    });
  }

  #atomic(commit: Commit, cells: readonly Cell[]): { atomic: Deno.AtomicOperation; landed: () => void } {
    const atomic = this.#kv.atomic();
    const [opened, changed, reopened]: [Incident[], Incident[], Incident[]] = [[], [], []];
    const over: string[] = [];
    setCells(atomic, cells, this.#options.retention);
    const expireIn = Math.max(this.#options.retention.alerts, LONGEST_WAIT);
    for (const { id, bytes } of commit.pages) atomic.set(logKey(id), bytes, { expireIn });
    for (const [fingerprint, { before, after }] of commit.incidents) {
      this.#known.write(atomic, fingerprint, { before, after });
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
    for (const incident of commit.closed) {
      atomic.set(closedIncidentKey(incident.id), encode(incident), this.#expiry());
    }
    for (const { lane, id, bytes } of commit.queued) atomic.set(queuedKey(lane, id), bytes);
    for (const lane of commit.bells) atomic.set(bellKey(lane), true);
    for (const signature of commit.signatures) setSignature(atomic, signature);
    this.#options.audit.add(atomic, commit.notes);
    return { atomic, landed };
  }

  #expiry(): { expireIn: number } {
    return { expireIn: this.#options.retention.alerts };
  }
}

/** Checks that no other instance has changed the fingerprint's record since it was read. */
function checkOf(fingerprint: string, { versionstamps }: Known): Deno.AtomicCheck {
  return { key: windowKey(fingerprint), versionstamp: versionstamps.get(fingerprint) ?? null };
}

/** The records under a prefix, up to and including the one of this id. */
function olderThan(prefix: Deno.KvKey, id: string | undefined): Deno.KvListSelector {
  return id === undefined ? { prefix } : { prefix, end: [...prefix, `${id}\uffff`] };
}
