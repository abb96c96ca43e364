import type { Audit } from "./audit.ts";
import type { Annotation, Commit, CommitLimits, Hear } from "./commit.ts";
import { type LoggedAlert, parseAlertId } from "../record.ts";
import { firstOf } from "../take.ts";
import { closed, type Incident, isCurrent, isStale } from "../window.ts";
import { decode, encode } from "../codec.ts";
import { CurrentIncidents } from "./current_incidents.ts";
import { StoreError } from "./errors.ts";
import { guard, storeErrorOf } from "./guard.ts";
import { LogCache } from "./log_cache.ts";
import { openIn, OpenIncidents, openKeys } from "./open_incidents.ts";
import { OpenTally } from "./open_tally.ts";
import { AcceptedTally, type Cell, type Retention, setCells } from "./tallies.ts";
import {
  bellKey,
  closedIncidentKey,
  closedIncidentsKey,
  logKey,
  logsKey,
  openIncidentsKey,
  queuedKey,
  windowKey,
  windowsKey,
  writerKey,
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
  readonly hear?: Hear;
}

/** The newest incidents of some fingerprints, as far as they are open or may flap, as the store holds them. */
export interface Known {
  get(fingerprint: string): Incident | undefined;
  /** Of their records, on a shared store. */
  readonly versionstamps: ReadonlyMap<string, string | null>;
}

/** The database takes 1,000 mutations and 800 KiB an atomic, and 80 KiB of keys: about 90 bytes each for a waiting delivery. */
const LIMITS: CommitLimits = { mutations: 800, bytes: 600_000 };

/** What waits needs its alert, however short the retention: a week of quiet hours and a day of tries, with room to spare. */
const LONGEST_WAIT = 9 * 86_400_000;

/** After a storm there is much to be swept. */
const SWEEP_MS = 600_000;

/** A writer's cell is of no use once its process is gone. */
const CELL_MS = 86_400_000;

/** What was accepted: the log, and the incidents that it amounts to. */
export class Journal {
  readonly limits = LIMITS;
  /** How many different fingerprints one commit may change. */
  readonly fingerprints: number;
  readonly #kv: Deno.Kv;
  readonly #options: JournalOptions;
  readonly #newest = new LogCache();
  readonly #tally = new AcceptedTally();
  /** On an exclusive store: every incident that is open, or over and may flap, by fingerprint; and what the open ones come to. */
  readonly #current = new CurrentIncidents();
  readonly openTally = new OpenTally();
  readonly #open: OpenIncidents;
  readonly #writer = crypto.randomUUID();
  /** The versionstamp of this writer's cell; `undefined` = to be read. */
  #cell: string | null | undefined = null;

  constructor(kv: Deno.Kv, options: JournalOptions) {
    this.#kv = kv;
    this.#options = options;
    this.#open = new OpenIncidents(kv, { paged: options.exclusive });
    // One check is the writer's own cell. A single writer has no need of them, but nearly each takes a mutation.
    this.fingerprints = options.exclusive ? LIMITS.mutations : options.checks - 1;
  }

  /** Read what a single writer keeps in memory. @returns the newest log page's id. */
  async load(): Promise<string | undefined> {
    if (this.#options.exclusive) {
      for await (const entry of this.#kv.list({ prefix: windowsKey() }, { batchSize: 500 })) {
        this.#current.set(decode<Incident>(entry.value));
      }
      for await (const incident of this.#open.load()) {
        this.#current.set(incident);
        this.openTally.changed(undefined, incident);
      }
    }
    for await (const entry of this.#kv.list({ prefix: logsKey() }, { reverse: true, limit: 1 })) {
      return entry.key[1] as string;
    }
    return undefined;
  }

  /** The newest incidents of some fingerprints, as far as they are open or may flap. @throws StoreError */
  async known(fingerprints: ReadonlySet<string>): Promise<Known> {
    const found = new Map<string, Incident>();
    if (this.#options.exclusive) {
      for (const fingerprint of fingerprints) {
        const incident = this.#current.get(fingerprint);
        if (incident) found.set(fingerprint, incident);
      }
      return { get: (fingerprint) => found.get(fingerprint), versionstamps: new Map() };
    }
    const keys = [...fingerprints];
    const versionstamps = new Map<string, string | null>();
    for (let from = 0; from < keys.length; from += 10) { // a getMany takes ten keys
      const entries = await guard(
        "read the windows",
        this.#kv.getMany(keys.slice(from, from + 10).map(windowKey)),
        this.#options.deadline,
      );
      for (const entry of entries) {
        const fingerprint = entry.key[1] as string;
        versionstamps.set(fingerprint, entry.versionstamp);
        if (entry.value !== null) found.set(fingerprint, decode<Incident>(entry.value));
      }
    }
    return { get: (fingerprint) => found.get(fingerprint), versionstamps };
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
    return await this.#all(openIncidentsKey(), (incident) => incident.closedAt === null && wanted(incident));
  }

  /** The incidents of fingerprints that came and went, whether they are over or not. @throws StoreError */
  async flapping(): Promise<Incident[]> {
    return await this.#all(windowsKey(), ({ flaps }) => flaps !== undefined);
  }

  async #all(prefix: Deno.KvKey, wanted: (incident: Incident) => boolean): Promise<Incident[]> {
    if (this.#options.exclusive) return await this.#current.filter(wanted);
    const read = async (): Promise<Incident[]> => {
      const found: Incident[] = [];
      for await (const entry of this.#kv.list({ prefix })) {
        const incident = decode<Incident>(entry.value);
        if (wanted(incident)) found.push(incident);
      }
      return found;
    };
    return await guard("read the incidents", read(), this.#options.deadline);
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

  /** The incidents that were silent for too long; one that flaps settles first. @throws StoreError */
  async stale({ now, staleAfter }: { now: number; staleAfter: number }): Promise<Incident[]> {
    return await this.open((one) => isStale(one, { now, staleAfter }) && one.flaps === undefined);
  }

  /** Close incidents, but those that spoke since they were read. Nobody is told. @throws StoreError */
  async close(incidents: readonly Incident[], now: number): Promise<void> {
    for (const incident of incidents) await this.#closeOne(incident, now);
  }

  async #closeOne(incident: Incident, now: number): Promise<void> {
    const { fingerprint, id, lastId } = incident;
    const atomic = this.#kv.atomic();
    let newest: Incident | undefined;
    if (this.#options.exclusive) {
      newest = this.#current.get(fingerprint);
      if (newest?.lastId !== lastId) return; // it spoke meanwhile
      // Before the write, and not after: an alert that comes meanwhile opens a new incident.
      this.#current.delete(fingerprint);
      this.openTally.changed(newest, undefined);
    } else {
      const window = await guard(
        "read a window",
        this.#kv.get(windowKey(fingerprint)),
        this.#options.deadline,
      );
      if (window.value !== null) newest = decode<Incident>(window.value);
      if (newest?.id === id && newest.lastId !== lastId) return;
      if (newest?.id === id) atomic.check(window).delete(windowKey(fingerprint));
    }
    const over = closed(newest?.id === id ? newest : incident, now);
    atomic.set(closedIncidentKey(id), encode(over), this.#expiry());
    const landed = this.#open.write(atomic, { opened: [], changed: [], over: [id] });
    await guard("close an incident", atomic.commit(), this.#options.deadline);
    landed();
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
    for (const [fingerprint, { before, after }] of commit.incidents) {
      if (isCurrent(after)) this.#current.set(after);
      else this.#current.delete(fingerprint);
      this.openTally.changed(before, after);
    }
    return "landed";
  }

  /**
   * A remote database may apply a commit and still answer "no", or nothing. Every attempt sets this writer's own cell to
   * a token of its own and checks it: after doubt the cell names the attempt that landed, and no second one can land.
   */
  async #appendShared(
    commit: Commit,
    known: Known,
    cells: readonly Cell[],
  ): Promise<"landed" | "stale"> {
    const tokens = new Set<string>();
    const cellKey = writerKey(this.#writer);
    let failure: unknown;
    for (let attempt = 0; attempt < 3; attempt++) {
      if (this.#cell === undefined) this.#cell = (await this.#readCell()).versionstamp;
      const token = crypto.randomUUID();
      tokens.add(token);
      const atomic = this.#atomic(commit, cells).atomic
        .check({ key: cellKey, versionstamp: this.#cell })
        .set(cellKey, encode(token), { expireIn: CELL_MS });
      for (const [fingerprint, { after }] of commit.incidents) {
        atomic.check({
          key: windowKey(fingerprint),
          versionstamp: known.versionstamps.get(fingerprint) ?? null,
        });
        if (isCurrent(after)) atomic.set(windowKey(fingerprint), encode(after));
        else atomic.delete(windowKey(fingerprint));
      }
      this.#cell = undefined;
      failure = undefined;
      try {
        const result = await guard("store the alerts", atomic.commit(), this.#options.deadline);
        if (result.ok) {
          this.#cell = result.versionstamp;
          return "landed";
        }
      } catch (error) {
        if (error instanceof StoreError && error.kind === "too_large") throw error; // it was never sent
        failure = error;
      }
      const cell = await this.#readCell();
      this.#cell = cell.versionstamp;
      if (cell.token !== undefined && tokens.has(cell.token)) return "landed";
      if (!failure) return "stale";
    }
    this.#cell = undefined; // an attempt may still land
    throw failure;
  }

  async #readCell(): Promise<{ token: string | undefined; versionstamp: string | null }> {
    const entry = await guard(
      "read the writer's cell",
      this.#kv.get(writerKey(this.#writer)),
      this.#options.deadline,
    );
    return {
      token: entry.value === null ? undefined : decode<string>(entry.value),
      versionstamp: entry.versionstamp,
    };
  }

  #atomic(commit: Commit, cells: readonly Cell[]): { atomic: Deno.AtomicOperation; landed: () => void } {
    const atomic = this.#kv.atomic();
    const [opened, changed, over]: [Incident[], Incident[], string[]] = [[], [], []];
    setCells(atomic, cells, this.#options.retention);
    const expireIn = Math.max(this.#options.retention.alerts, LONGEST_WAIT);
    for (const { id, bytes } of commit.pages) atomic.set(logKey(id), bytes, { expireIn });
    for (const [fingerprint, { before, after }] of commit.incidents) {
      if (this.#options.exclusive) {
        if (after.closedAt !== null && isCurrent(after)) atomic.set(windowKey(fingerprint), encode(after));
        else if (before && before.closedAt !== null) atomic.delete(windowKey(fingerprint));
      }
      if (before?.closedAt === null && (before.id !== after.id || after.closedAt !== null)) {
        over.push(before.id);
      }
      if (after.closedAt !== null) atomic.set(closedIncidentKey(after.id), encode(after), this.#expiry());
      else if (before?.id === after.id) changed.push(after);
      else opened.push(after);
    }
    const landed = this.#open.write(atomic, { opened, changed, over });
    for (const incident of commit.closed) {
      atomic.set(closedIncidentKey(incident.id), encode(incident), this.#expiry());
    }
    for (const { lane, id, bytes } of commit.queued) atomic.set(queuedKey(lane, id), bytes);
    for (const lane of commit.bells) atomic.set(bellKey(lane), true);
    this.#options.audit.add(atomic, commit.notes);
    return { atomic, landed };
  }

  #expiry(): { expireIn: number } {
    return { expireIn: this.#options.retention.alerts };
  }
}

/** The records under a prefix, up to and including the one of this id. */
function olderThan(prefix: Deno.KvKey, id: string | undefined): Deno.KvListSelector {
  return id === undefined ? { prefix } : { prefix, end: [...prefix, `${id}\uffff`] };
}
