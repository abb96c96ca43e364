import type { StoreError } from "../store/errors.ts";
import type { AcceptedAlert } from "./commit_builder.ts";
import type { PreparedAlert } from "./pipeline.ts";
import { fingerprintOf, type IncidentUpdate } from "./updates.ts";

/** An item of a commit: an alert or an update of an incident. */
export type WriteItem = { readonly prepared: PreparedAlert } | { readonly update: IncidentUpdate };

/** The records of one caller. */
export interface Written {
  /** One for each alert, in order. */
  readonly logged: readonly AcceptedAlert[];
  /** The lanes that got work. */
  readonly lanes: ReadonlySet<string>;
  /** The reason why one of the alerts can never be stored; the others are stored. */
  readonly refused?: StoreError | undefined;
}

/** The items of one caller, which is answered when all of them are done. */
export interface WriteJob {
  readonly items: readonly WriteItem[];
  readonly bytes: number;
  /** The number of commits that had ended at its arrival. */
  readonly since: number;
  /** The alerts by the number of the item. */
  readonly logged: AcceptedAlert[];
  readonly lanes: Set<string>;
  refused: StoreError | undefined;
  /** The error of the whole job. */
  failure: { readonly error: unknown } | undefined;
  /** The number of items that are not done. */
  left: number;
  /** The number of items in current commits. */
  underWay: number;
  /** The number of the first remaining item. */
  next: number;
  /** Items behind it that were taken before it, because its incident was in a commit under way. */
  ahead: Set<number>;
  /** The number of the batch that has taken items last. */
  batch: number;
  isAnswered: boolean;
  /** Called when it is answered. */
  whenAnswered: () => void;
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
}

/** An item for the next commit, and its result. */
export interface WriteCandidate {
  readonly job: WriteJob;
  /** The number of the item in its job. */
  readonly number: number;
  readonly item: WriteItem;
  logged: AcceptedAlert | undefined;
  refused: StoreError | undefined;
}

/** The items of one commit, and their fingerprints. */
export interface WriteBatch {
  readonly candidates: WriteCandidate[];
  readonly fingerprints: ReadonlySet<string>;
}

/** The limits of a commit. */
export interface BatchLimits {
  readonly items: number;
  readonly fingerprints: number;
}

/** Items that belong in a later commit, and are passed over in the search for more that fit into this one. */
const MAX_PASSED = 500;

/** For nearly all jobs: it is never changed. */
const NONE = new Set<number>();

/**
 * The jobs that wait for the writer. Items of one fingerprint are never in two commits at once, and each job keeps its own
 * order of them.
 */
export class WriteQueue {
  /** Jobs with items that wait for a commit, the one that was served least recently first. */
  #waiting: WriteJob[] = [];
  #batches = 0;
  /** The fingerprints of the commits under way. */
  readonly #busy = new Set<string>();
  #bytes = 0;

  /** The number of jobs with waiting items. */
  get size(): number {
    return this.#waiting.length;
  }

  /** The bytes of the unanswered payloads. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Add a job. `written`: its records, once all of its items are done. */
  add(
    items: readonly WriteItem[],
    { bytes, since }: Pick<WriteJob, "bytes" | "since">,
  ): { job: WriteJob; written: Promise<Written> } {
    let job!: WriteJob;
    const written = new Promise<Written>((resolve, reject) => {
      job = {
        items,
        bytes,
        since,
        logged: [],
        lanes: new Set(),
        refused: undefined,
        failure: undefined,
        left: items.length,
        underWay: 0,
        next: 0,
        ahead: NONE,
        batch: 0,
        isAnswered: false,
        whenAnswered: nothing,
        resolve,
        reject,
      };
    });
    this.#bytes += bytes;
    this.#waiting.push(job);
    return { job, written };
  }

  /**
   * The items for the next commit, in turns one of each job, so that a large one does not delay those behind it. They still
   * wait until they are {@linkcode WriteQueue.take | taken}.
   */
  next({ items, fingerprints: max }: BatchLimits): WriteBatch {
    const fingerprints = new Set<string>();
    const candidates: WriteCandidate[] = [];
    let turns = this.#waiting.map((job) => ({ job, number: job.next }));
    let passed = 0;
    while (turns.length > 0) {
      for (const turn of turns) {
        const { job } = turn;
        for (let hasTurn = true; hasTurn && turn.number < job.items.length; turn.number++) {
          if (job.ahead.has(turn.number)) continue;
          const item = job.items[turn.number]!;
          const fingerprint = fingerprintOfItem(item);
          const isFree = fingerprints.size < max && !this.#busy.has(fingerprint);
          if (!isFree && !fingerprints.has(fingerprint)) {
            if (++passed > MAX_PASSED) return { candidates, fingerprints };
            continue;
          }
          fingerprints.add(fingerprint);
          candidates.push({ job, number: turn.number, item, logged: undefined, refused: undefined });
          if (candidates.length >= items) return { candidates, fingerprints };
          hasTurn = false;
        }
      }
      turns = turns.filter(({ job, number }) => number < job.items.length);
    }
    return { candidates, fingerprints };
  }

  /** Take the items of a batch out of the queue: a commit with them begins. */
  take({ candidates, fingerprints }: WriteBatch): void {
    const batch = ++this.#batches;
    for (const fingerprint of fingerprints) this.#busy.add(fingerprint);
    for (const { job, number } of candidates) {
      job.batch = batch;
      take(job, number);
    }
    const served = this.#waiting.filter((job) => job.batch === batch && job.next < job.items.length);
    this.#waiting = this.#waiting.filter((job) => job.batch !== batch);
    this.#waiting.push(...served); // behind the jobs that got nothing
  }

  /** Put back items that did not fit into their commit: their jobs come first in the next one. */
  putBack(candidates: readonly WriteCandidate[]): void {
    for (const { job, number } of candidates.toReversed()) putBack(job, number);
    const jobs = new Set(
      candidates.map(({ job }) => job).filter((job) => !this.#answer(job) && !job.failure),
    );
    this.#waiting = [...jobs, ...this.#waiting.filter((job) => !jobs.has(job))];
  }

  /** A commit with items of these fingerprints has ended. */
  release(fingerprints: Iterable<string>): void {
    for (const fingerprint of fingerprints) this.#busy.delete(fingerprint);
  }

  /** Mark items as written or individually refused. `lanes`: the lanes that got work from the commit. */
  finish(candidates: readonly WriteCandidate[], lanes: ReadonlySet<string>): void {
    for (const { job, number, logged, refused } of candidates) {
      if (logged) job.logged[number] = logged;
      if (refused) job.refused ??= refused;
      // An unnecessary wakeup of a lane only reads its queue; without a wakeup it would wait for the sweep.
      for (const lane of lanes) job.lanes.add(lane);
      this.#advance(job);
    }
  }

  /** Refuse items that can never be stored; the rest of their jobs continues. */
  refuse(candidates: readonly WriteCandidate[], error: StoreError): void {
    for (const { job } of candidates) {
      job.refused ??= error;
      this.#advance(job);
    }
  }

  /** Fail the jobs of items whose commit failed. Each is answered once no other commit holds items of it. */
  fail(candidates: readonly WriteCandidate[], error: unknown): void {
    for (const { job } of candidates) {
      job.failure ??= { error };
      this.#leave(job);
      job.underWay--;
      this.#answer(job);
    }
  }

  /** Rejects a caller at its time limit. A current commit of its job is still written. */
  expire(job: WriteJob, error: unknown): void {
    if (job.isAnswered) return;
    job.failure ??= { error };
    this.#leave(job);
    this.#close(job);
    job.reject(error);
  }

  #advance(job: WriteJob): void {
    job.left--;
    job.underWay--;
    this.#answer(job);
  }

  /** Answer the caller of a job that is done or has failed. @returns whether it is answered */
  #answer(job: WriteJob): boolean {
    if (job.isAnswered) return true;
    if (job.underWay > 0 || job.left > 0 && !job.failure) return false;
    this.#close(job);
    const { logged, lanes, refused, failure } = job;
    if (failure) job.reject(failure.error);
    else job.resolve(refused ? { logged: logged.filter(Boolean), lanes, refused } : job); // a refused alert has no record
    return true;
  }

  #close(job: WriteJob): void {
    job.isAnswered = true;
    this.#bytes -= job.bytes;
    job.whenAnswered();
  }

  /** Remove the waiting items of a job. */
  #leave(job: WriteJob): void {
    const index = this.#waiting.indexOf(job);
    if (index >= 0) this.#waiting.splice(index, 1);
  }
}

function take(job: WriteJob, number: number): void {
  job.underWay++;
  if (number === job.next) {
    do job.next++; while (job.ahead.delete(job.next));
    return;
  }
  if (job.ahead === NONE) job.ahead = new Set();
  job.ahead.add(number);
}

function putBack(job: WriteJob, number: number): void {
  job.underWay--;
  if (job.ahead.delete(number)) return;
  // A later item that was taken is ahead of it again.
  if (number + 1 < job.next && job.ahead === NONE) job.ahead = new Set();
  for (let taken = number + 1; taken < job.next; taken++) job.ahead.add(taken);
  job.next = number;
}

function nothing(): void {}

/** The fingerprint of the incident that an item is about. */
export function fingerprintOfItem(item: WriteItem): string {
  return "prepared" in item ? item.prepared.fingerprint : fingerprintOf(item.update);
}
