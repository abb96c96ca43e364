import { decodeTime, monotonicFactory } from "../base/ulid.ts";
import type { Clock } from "../base/clock.ts";
import { Deadline } from "../base/deadline.ts";
import { turnOfLoop } from "../base/event_loop.ts";
import { StoreError } from "../store/errors.ts";
import type { Incidents } from "../store/incidents.ts";
import type { Journal } from "../store/journal.ts";
import { CommitBuilder } from "./commit_builder.ts";
import type { DeadDelivery } from "../domain/dead_delivery.ts";
import type { PreparedAlert } from "./pipeline.ts";
import type { IncidentUpdate } from "./updates.ts";
import { type WriteCandidate, type WriteItem, WriteQueue, type Written } from "./write_queue.ts";

/** The writer's settings; the defaults are for production. */
export interface WriterOptions {
  /** Milliseconds of silence after which an incident leaves the list of open ones; read for each commit. */
  readonly staleAfter: number;
  readonly clock: Pick<Clock, "now">;
  /** The newest stored log page: new ids sort after it. */
  readonly newestPage?: string | undefined;
  /** Bytes of alerts that may wait for a commit. Default 64 MiB. */
  readonly capacity?: number;
  /** Milliseconds after which callers stop waiting for a commit that hangs. Default 10,000. */
  readonly patience?: number;
}

/** How often a commit is rebuilt because another instance changed its incidents. */
const MAX_REBUILDS = 20;

/** Stale incidents retired between two commits, at most: a storm's incidents all become stale together. */
const MAX_RETIRED = 50;

/** Turns of the event loop that a commit waits for more items, at most. */
const GATHERING_TURNS = 4;

/**
 * Group commit: the single writer in front of the store. One commit costs one fsync, so requests that arrive while a commit
 * is under way share the next one. Each caller is answered after the commit that holds its last alert.
 */
export class Writer {
  readonly #journal: Journal;
  readonly #incidents: Incidents;
  readonly #options: WriterOptions;
  readonly #capacity: number;
  readonly #patience: Deadline;
  readonly #nextId = monotonicFactory();
  readonly #queue = new WriteQueue();
  /** The number of items in the last commit. */
  #lastSize = 1;
  #time: number;
  #running: Promise<void> | undefined;
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
    this.#patience = new Deadline(patience);
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
    return await this.#write(alerts.map((prepared) => ({ prepared })), bytes);
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

  /** Remove stale incidents from the list of open ones, a few at a time. @throws StoreError */
  async retireStale(now: number): Promise<void> {
    const stale = await this.#incidents.stale({ now, staleAfter: this.#options.staleAfter });
    for (let from = 0; from < stale.length; from += MAX_RETIRED) {
      await this.#betweenCommits(() => this.#incidents.retire(stale.slice(from, from + MAX_RETIRED), now));
    }
    await this.#betweenCommits(() => this.#incidents.forget());
  }

  /** Wait until nothing is being written. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running.catch(() => {});
  }

  async #betweenCommits(work: () => Promise<void>): Promise<void> {
    while (this.#running) await this.#running;
    this.#run(work);
    await this.#running;
  }

  #write(items: readonly WriteItem[], bytes: number): Promise<Written> {
    if (this.#hangs) return Promise.reject(hanging());
    const written = this.#queue.add(items, bytes);
    this.#start();
    return written;
  }

  #start(): void {
    if (!this.#running && this.#queue.size > 0) this.#run(() => this.#commitAll());
  }

  #run(work: () => Promise<void>): void {
    this.#running = work().finally(() => {
      this.#running = undefined;
      this.#start();
    });
  }

  async #commitAll(): Promise<void> {
    await Promise.resolve(); // requests of the same turn share the commit
    let stopTimer = (): void => {};
    while (this.#queue.size > 0) {
      const waiting = this.#queue.jobs();
      const stopLast = stopTimer;
      stopTimer = this.#patience.begin(() => {
        this.#hangs = true;
        this.#queue.fail(this.#queue.jobs(), hanging());
      });
      stopLast(); // stopped after the next begins, so that the shared timer is never idle and not set for each commit
      await this.#gather();
      try {
        await this.#commitOnce();
      } catch (error) {
        this.#queue.fail(waiting, error);
      }
      this.#hangs = false;
    }
    stopTimer();
  }

  /**
   * Wait for more items for the next commit as long as turns of the event loop add some. In a storm the callers that the last
   * commit answered send again at the same time: without the wait, large commits would alternate with small ones, which cost
   * as much each. A lone request is committed immediately.
   */
  async #gather(): Promise<void> {
    if (this.#queue.size === 1 && this.#lastSize <= 1) return;
    for (let turn = 0, before = 0; turn < GATHERING_TURNS && before < this.#queue.size; turn++) {
      before = this.#queue.size;
      await turnOfLoop();
    }
  }

  async #commitOnce(): Promise<void> {
    const { limits, fingerprints: maxFingerprints } = this.#journal;
    // Duplicates need no mutation of their own, so a commit may hold more of them than mutations.
    let items = 4 * limits.mutations;
    for (let rebuild = 0; rebuild < MAX_REBUILDS; rebuild++) {
      const { candidates, fingerprints } = this.#queue.next({ items, fingerprints: maxFingerprints });
      this.#lastSize = candidates.length;
      const stored = await this.#incidents.latest(fingerprints);
      const time = this.#timeAfter([...fingerprints].map((one) => stored.get(one)?.lastId));
      const builder = new CommitBuilder({
        stored: (fingerprint) => stored.get(fingerprint),
        nextPage: () => this.#nextId(time),
        staleAfter: this.#options.staleAfter,
        limits,
      });
      const full = candidates.findIndex((candidate) => !addTo(builder, candidate));
      const added = full < 0 ? candidates : candidates.slice(0, full);
      const commit = builder.finish();
      try {
        if (await this.#journal.append(commit, stored) === "landed") {
          return this.#queue.finish(added, commit.bells);
        }
      } catch (error) {
        if (!(error instanceof StoreError && error.kind === "too_large")) throw error;
        // One of the items is too large: bisect, so that the others are stored.
        if (added.length <= 1) return this.#queue.refuse(added, error);
        items = Math.ceil(added.length / 2);
        rebuild--;
      }
    }
    throw new StoreError(
      "unavailable",
      "Cannot store the alerts: other instances change the same incidents; try again",
    );
  }

  /** The time of the next ids: later than all existing ids, including those of an instance whose clock is ahead. */
  #timeAfter(lastIds: readonly (string | undefined)[]): number {
    let time = Math.max(this.#time, this.#options.clock.now());
    for (const id of lastIds) if (id) time = Math.max(time, decodeTime(id.slice(0, 26)) + 1);
    this.#time = time;
    return time;
  }
}

/** Add an item to a commit. @returns `false` when it belongs in the next one */
function addTo(builder: CommitBuilder, candidate: WriteCandidate): boolean {
  const { item } = candidate;
  try {
    if ("update" in item) return builder.update(item.update);
    const logged = builder.add(item.prepared);
    if (logged) candidate.logged = logged;
    return logged !== undefined;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    candidate.refused = error; // nothing of it was added to the commit
    return true;
  }
}

function hanging(): StoreError {
  return new StoreError("unavailable", "Cannot store the alerts: the database hangs");
}
