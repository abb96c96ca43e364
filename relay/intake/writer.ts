import { decodeTime, monotonicFactory } from "../base/ulid.ts";
import type { Clock } from "../base/clock.ts";
import { turnOfLoop } from "../base/event_loop.ts";
import { StoreError } from "../store/errors.ts";
import type { Incident } from "../domain/incident.ts";
import { compileWhere, DEFAULT_WHERE_LABELS, type WhereRules } from "../domain/where.ts";
import type { Incidents } from "../store/incidents.ts";
import type { Inhibitors } from "../store/inhibitors.ts";
import type { Journal } from "../store/journal.ts";
import { type AcceptedAlert, CommitBuilder } from "./commit_builder.ts";
import type { DeadDelivery } from "../domain/dead_delivery.ts";
import type { PreparedAlert } from "./pipeline.ts";
import { sourcesFirst } from "./inhibition_order.ts";
import { Patience } from "./patience.ts";
import type { IncidentUpdate } from "./updates.ts";
import { addTo, isExpectedOpen, messageGroupsOf, NO_SIDES, sidesOfBatch } from "./write_batch.ts";
import {
  type BatchLimits,
  type WriteBatch,
  type WriteItem,
  type WriteJob,
  WriteQueue,
  type Written,
} from "./write_queue.ts";

/** The writer's settings; the defaults are for production. */
export interface WriterOptions {
  /** Milliseconds of silence after which an incident leaves the list of open ones; read for each commit. */
  readonly staleAfter: number;
  readonly clock: Pick<Clock, "now">;
  /** Which labels name the object that an alert is about; read for each commit. Default: the built-in list. */
  readonly where?: WhereRules;
  /** The sources of `inhibit`. */
  readonly inhibitors?: Pick<Inhibitors, "pending" | "rules">;
  /** The newest stored log page: new ids sort after it. */
  readonly newestPage?: string | undefined;
  /** Bytes of alerts that may wait for a commit. Default 64 MiB. */
  readonly capacity?: number;
  /** Milliseconds that a caller waits, at most. What a commit under way holds of it may still be stored. Default 10,000. */
  readonly patience?: number;
}

const BUILT_IN_WHERE = compileWhere(DEFAULT_WHERE_LABELS);

/** The number of times that a commit is rebuilt because another instance changed its incidents. */
const MAX_REBUILDS = 20;

/**
 * With this many concurrent commits, another one begins only if it is full: waiting for one of them costs less than
 * many small commits, and the items that wait meanwhile share the next one.
 */
const MAX_PARTIAL = 4;

/** Stale incidents retired between two commits, at most: a storm's incidents all become stale together. */
const MAX_RETIRED = 50;

/** Turns of the event loop that a commit waits for more items, at most. */
const GATHERING_TURNS = 4;

/**
 * Group commit: the only writer in front of the store. One commit costs one fsync or one round trip, so requests that arrive
 * while commits are under way share the next one. A local file takes one commit at a time; to a shared database several are
 * under way at once, never two of one fingerprint. Each caller is answered after the commit that holds its last alert.
 */
export class Writer {
  readonly #journal: Journal;
  readonly #incidents: Incidents;
  readonly #options: WriterOptions;
  readonly #capacity: number;
  readonly #patience: Patience<WriteJob>;
  readonly #nextId = monotonicFactory();
  readonly #queue = new WriteQueue();
  /** The number of items in the last commit. */
  #lastSize = 1;
  #time: number;
  #dispatching: Promise<void> | undefined;
  readonly #underWay = new Set<Promise<void>>();
  /** The number of them with sources of `inhibit`. */
  #sourcesUnderWay = 0;
  /** Commits that have ended. */
  #ended = 0;
  #hangs = false;

  constructor(
    { journal, incidents }: { journal: Journal; incidents: Incidents },
    options: WriterOptions,
  ) {
    const { newestPage, capacity = 64 * 2 ** 20, patience = 10_000 } = options;
    this.#journal = journal;
    this.#incidents = incidents;
    this.#options = options;
    this.#capacity = capacity;
    this.#patience = new Patience(patience, (jobs) => this.#expire(jobs));
    this.#time = newestPage === undefined ? 0 : decodeTime(newestPage) + 1;
  }

  /**
   * Store alerts in order. An alert that can never be stored does not prevent the others.
   *
   * @throws StoreError `full` when too much waits already, `unavailable` when the store fails. After a partial
   * failure the sender's retry is a duplicate of the stored alerts.
   */
  async append(alerts: readonly PreparedAlert[], { bytes }: { bytes: number }): Promise<Written> {
    if (alerts.length === 0) return { logged: [], lanes: new Set() };
    // An empty queue accepts any payload: the door limits its size.
    if (this.#queue.bytes > 0 && this.#queue.bytes + bytes > this.#capacity) {
      throw new StoreError(
        "full",
        "Cannot store the alerts: too many wait to be written; send them again in a moment",
      );
    }
    const order = sourcesFirst(alerts, this.#options.inhibitors?.rules);
    if (!order) return await this.#write(alerts.map((prepared) => ({ prepared })), bytes);
    const written = await this.#write(order.map((index) => ({ prepared: alerts[index]! })), bytes);
    if (written.refused) return written;
    const logged: AcceptedAlert[] = [];
    for (const [number, index] of order.entries()) logged[index] = written.logged[number]!;
    return { ...written, logged };
  }

  /** Record dead deliveries, which ends windows whose deliveries are all dead. @throws StoreError */
  async recordDead(deliveries: readonly DeadDelivery[]): Promise<void> {
    await this.update(deliveries.map((delivery) => ({ ...delivery, kind: "dead_delivery" })));
  }

  /** Update incidents in order. @returns the lanes that got work. @throws StoreError */
  async update(updates: readonly IncidentUpdate[]): Promise<ReadonlySet<string>> {
    if (updates.length === 0) return new Set();
    const { lanes, refused } = await this.#write(updates.map((update) => ({ update })), 0);
    if (refused) throw refused;
    return lanes;
  }

  /** Remove stale incidents from the list of open ones, some at a time. @throws StoreError */
  async retire(stale: readonly Incident[], now: number): Promise<void> {
    const some = this.#journal.concurrency > 1 ? stale.length : MAX_RETIRED;
    for (let from = 0; from < stale.length; from += some) {
      await this.#betweenCommits(() => this.#incidents.retire(stale.slice(from, from + some), now));
    }
  }

  /** Forget incidents that no longer decide anything. @throws StoreError */
  async forget(): Promise<void> {
    await this.#betweenCommits(() => this.#incidents.forget());
  }

  /** Wait until nothing is being written. */
  async idle(): Promise<void> {
    while (this.#isWriting) await this.#pause();
  }

  get #isWriting(): boolean {
    return this.#dispatching !== undefined || this.#underWay.size > 0;
  }

  async #pause(): Promise<void> {
    await this.#dispatching;
    await Promise.all(this.#underWay);
  }

  /** On a shared store the work checks its own changes, as a commit does, and need not wait for any. */
  async #betweenCommits(work: () => Promise<void>): Promise<void> {
    if (this.#journal.concurrency > 1) return await work();
    while (this.#isWriting) await this.#pause();
    const done = work();
    this.#begin(done.catch(() => {}));
    await done;
  }

  #write(items: readonly WriteItem[], bytes: number): Promise<Written> {
    if (this.#hangs) return Promise.reject(hanging());
    const { job, written } = this.#queue.add(items, { bytes, since: this.#ended });
    job.whenAnswered = this.#patience.begin(job);
    this.#dispatch();
    return written;
  }

  /** Refuse callers that have waited long enough, and new ones as long as no commit ends. */
  #expire(jobs: readonly WriteJob[]): void {
    this.#hangs ||= jobs.some(({ since, isAnswered }) => !isAnswered && since === this.#ended);
    for (const job of jobs) this.#queue.expire(job, hanging());
  }

  /** Begin commits with the waiting items, unless that is in progress. */
  #dispatch(): void {
    if (this.#mayBegin()) this.#dispatching ??= this.#beginCommits();
  }

  async #beginCommits(): Promise<void> {
    try {
      await Promise.resolve(); // requests of the same turn share the commit
      do {
        await this.#gather();
        if (!this.#mayBegin()) return;
        const batch = this.#queue.next(this.#limits());
        const isFull = batch.fingerprints.size >= this.#journal.fingerprints;
        if (batch.candidates.length === 0 || !isFull && this.#underWay.size >= MAX_PARTIAL) return;
        const { hasSources, hasTargets } = this.#journal.concurrency === 1
          ? NO_SIDES // no commits are under way together
          : sidesOfBatch(batch, this.#options.inhibitors?.rules);
        if (hasTargets && this.#sourcesUnderWay > 0) return; // their decision depends on the sources
        this.#queue.take(batch);
        this.#patience.part();
        this.#lastSize = batch.candidates.length;
        this.#begin(this.#commit(batch), { hasSources });
      } while (this.#mayBegin());
    } finally {
      this.#dispatching = undefined; // at once, so that nobody who adds a job meanwhile relies on it
    }
  }

  #mayBegin(): boolean {
    return this.#queue.size > 0 && this.#underWay.size < this.#journal.concurrency;
  }

  #limits(): BatchLimits {
    const { limits, fingerprints } = this.#journal;
    // Duplicates need no mutation of their own, so a commit may hold more of them than mutations.
    return { items: 4 * limits.mutations, fingerprints };
  }

  /** `commit`: never rejects. `hasSources`: it has alerts that may inhibit others. */
  #begin(commit: Promise<void>, { hasSources = false } = {}): void {
    this.#underWay.add(commit);
    if (hasSources) this.#sourcesUnderWay++;
    void commit.then(() => {
      if (hasSources) this.#sourcesUnderWay--;
      this.#underWay.delete(commit);
      this.#ended++;
      this.#hangs = false;
      this.#dispatch();
    });
  }

  /**
   * Wait for more items for the next commit as long as turns of the event loop add some. In a storm the callers that the last
   * commit answered send again at the same time: without the wait, large commits would alternate with small ones, which cost
   * as much each. A lone request is committed immediately.
   */
  async #gather(): Promise<void> {
    if (this.#queue.size === 1 && this.#lastSize <= 1) return;
    if (this.#queue.size >= this.#journal.fingerprints) return; // enough for a full commit
    for (let turn = 0, before = 0; turn < GATHERING_TURNS && before < this.#queue.size; turn++) {
      before = this.#queue.size;
      await turnOfLoop();
    }
  }

  async #commit(batch: WriteBatch): Promise<void> {
    try {
      await this.#store(batch);
    } catch (error) {
      this.#queue.fail(batch.candidates, error);
    } finally {
      this.#queue.release(batch.fingerprints);
    }
  }

  /** Store a batch, or the part of it that fits. */
  async #store(batch: WriteBatch): Promise<void> {
    const { fingerprints } = batch;
    let latest = await this.#incidents.assumed(fingerprints, (one) => isExpectedOpen(one, batch));
    const flushOf = await this.#incidents.messageGroups.flushes(
      () => messageGroupsOf(batch),
      this.#options.clock.now(),
    );
    for (let rebuild = 0; rebuild < MAX_REBUILDS; rebuild++) {
      const time = this.#timeAfter([...fingerprints].map((one) => latest.get(one)?.lastId));
      const builder = new CommitBuilder({
        stored: (fingerprint) => latest.get(fingerprint),
        nextPage: () => this.#nextId(time),
        nextEntryId: this.#journal.nextEntryId,
        staleAfter: this.#options.staleAfter,
        limits: this.#journal.limits,
        time,
        where: this.#options.where ?? BUILT_IN_WHERE,
        inhibitors: this.#options.inhibitors?.pending(),
        flushOf,
      });
      const full = batch.candidates.findIndex((candidate) => !addTo(builder, candidate));
      if (full >= 0) this.#putBack(batch, full);
      const { candidates } = batch;
      const commit = builder.finish();
      try {
        const outcome = await this.#journal.append(commit, latest);
        if (outcome === "landed") return this.#queue.finish(candidates, commit.bells);
        latest = outcome;
      } catch (error) {
        if (!(error instanceof StoreError && error.kind === "too_large")) throw error;
        // One of the items is too large: bisect, so that the others are stored.
        if (candidates.length <= 1) return this.#queue.refuse(candidates, error);
        this.#putBack(batch, Math.ceil(candidates.length / 2));
        rebuild--;
      }
    }
    throw new StoreError(
      "unavailable",
      "Cannot store the alerts: other instances change the same incidents; try again",
    );
  }

  /** Leave the candidates from a place on to a later commit. */
  #putBack(batch: WriteBatch, from: number): void {
    this.#queue.putBack(batch.candidates.splice(from));
  }

  /** The time of the next ids: later than all existing ids, including those of an instance whose clock is ahead. */
  #timeAfter(lastIds: readonly (string | undefined)[]): number {
    let time = Math.max(this.#time, this.#options.clock.now());
    for (const id of lastIds) if (id) time = Math.max(time, decodeTime(id.slice(0, 26)) + 1);
    this.#time = time;
    return time;
  }
}

function hanging(): StoreError {
  return new StoreError("unavailable", "Cannot store the alerts: the database hangs");
}
