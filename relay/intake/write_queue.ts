import type { StoreError } from "../store/errors.ts";
import type { AcceptedAlert } from "./commit_builder.ts";
import type { PreparedAlert } from "./pipeline.ts";
import { fingerprintOf, type IncidentUpdate } from "./updates.ts";

/** An item of a commit: an alert or an update of an incident. */
export type WriteItem = { readonly prepared: PreparedAlert } | { readonly update: IncidentUpdate };

/** What was written for one caller. */
export interface Written {
  /** One for each alert, in order. */
  readonly logged: readonly AcceptedAlert[];
  /** The lanes that got work. */
  readonly lanes: ReadonlySet<string>;
  /** Why one of the alerts can never be stored; the others are stored. */
  readonly refused?: StoreError | undefined;
}

/** The items of one caller, which is answered when all of them are done. */
export interface WriteJob {
  readonly items: readonly WriteItem[];
  readonly bytes: number;
  /** By the number of the item. */
  readonly logged: AcceptedAlert[];
  readonly lanes: Set<string>;
  refused?: StoreError;
  /** Why the job as a whole fails. */
  failure?: { readonly error: unknown };
  /** How many of the items are not done. */
  left: number;
  /** How many of them are in commits under way. */
  underWay: number;
  /** All items before this one were taken. */
  next: number;
  /** Whether an item was taken, by its number. */
  readonly taken: boolean[];
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
}

/** An item for the next commit, and its result. */
export interface WriteCandidate {
  readonly job: WriteJob;
  /** The number of the item in its job. */
  readonly number: number;
  readonly item: WriteItem;
  logged?: AcceptedAlert | undefined;
  refused?: StoreError | undefined;
}

/** The items of one commit, and their fingerprints. */
export interface WriteBatch {
  readonly candidates: WriteCandidate[];
  readonly fingerprints: ReadonlySet<string>;
}

/** What a commit may hold. */
export interface BatchLimits {
  readonly items: number;
  readonly fingerprints: number;
}

/** Items that belong in a later commit, and are passed over in the search for more that fit into this one. */
const MAX_PASSED = 500;

/**
 * The jobs that wait for the writer. Items of one fingerprint are never in two commits at once, and each job keeps its own
 * order of them.
 */
export class WriteQueue {
  /** Jobs that are not answered. */
  readonly #open = new Set<WriteJob>();
  /** Jobs with items that wait for a commit, the one that was served least recently first. */
  #waiting = new Set<WriteJob>();
  /** The fingerprints of the commits under way. */
  readonly #busy = new Set<string>();
  #bytes = 0;

  /** How many jobs have items that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Bytes of the payloads that are not answered. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Add a job. `written`: what is written for it, once all of its items are done. */
  add(items: readonly WriteItem[], bytes: number): { job: WriteJob; written: Promise<Written> } {
    const { promise, resolve, reject } = Promise.withResolvers<Written>();
    const left = items.length;
    const job: WriteJob = {
      items,
      bytes,
      logged: [],
      lanes: new Set(),
      left,
      underWay: 0,
      next: 0,
      taken: [],
      resolve,
      reject,
    };
    this.#bytes += bytes;
    this.#open.add(job);
    this.#waiting.add(job);
    return { job, written: promise };
  }

  /**
   * The items for the next commit, in turns one of each job, so that a large one does not delay those behind it. They still
   * wait until they are {@linkcode WriteQueue.take | taken}.
   */
  next({ items, fingerprints: max }: BatchLimits): WriteBatch {
    const fingerprints = new Set<string>();
    const candidates: WriteCandidate[] = [];
    let turns = [...this.#waiting].map((job) => ({ job, number: job.next }));
    let passed = 0;
    while (turns.length > 0) {
      for (const turn of turns) {
        const { job } = turn;
        for (let hasTurn = true; hasTurn && turn.number < job.items.length; turn.number++) {
          if (job.taken[turn.number]) continue;
          const item = job.items[turn.number]!;
          const fingerprint = fingerprintOfItem(item);
          const isFree = fingerprints.size < max && !this.#busy.has(fingerprint);
          if (!isFree && !fingerprints.has(fingerprint)) {
            if (++passed > MAX_PASSED) return { candidates, fingerprints };
            continue;
          }
          fingerprints.add(fingerprint);
          candidates.push({ job, number: turn.number, item });
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
    for (const fingerprint of fingerprints) this.#busy.add(fingerprint);
    for (const { job, number } of candidates) {
      job.taken[number] = true;
      job.underWay++;
      this.#waiting.delete(job);
    }
    for (const { job } of candidates) {
      while (job.taken[job.next]) job.next++;
      if (job.next < job.items.length) this.#waiting.add(job); // behind the jobs that got nothing
    }
  }

  /** Put back items that did not fit into their commit: their jobs come first in the next one. */
  putBack(candidates: readonly WriteCandidate[]): void {
    const jobs = new Set<WriteJob>();
    for (const { job, number } of candidates) {
      job.taken[number] = false;
      job.next = Math.min(job.next, number);
      job.underWay--;
      if (!this.#answer(job) && !job.failure) jobs.add(job);
    }
    this.#waiting = new Set([...jobs, ...this.#waiting]);
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
      // A lane woken without need only reads its queue; a lane not woken would wait for the sweep.
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
      this.#waiting.delete(job);
      job.underWay--;
      this.#answer(job);
    }
  }

  /** Reject a caller that has waited long enough. What a commit under way holds of its job is still written. */
  expire(job: WriteJob, error: unknown): void {
    job.failure ??= { error };
    if (this.#remove(job)) job.reject(error);
  }

  #advance(job: WriteJob): void {
    job.left--;
    job.underWay--;
    this.#answer(job);
  }

  /** Answer the caller of a job that is done or has failed. @returns whether it is answered */
  #answer(job: WriteJob): boolean {
    if (!this.#open.has(job)) return true;
    if (job.underWay > 0 || job.left > 0 && !job.failure) return false;
    this.#remove(job);
    const { logged, lanes, refused, failure } = job;
    if (failure) job.reject(failure.error);
    else job.resolve(refused ? { logged: logged.filter(Boolean), lanes, refused } : job); // a refused alert has no record
    return true;
  }

  /** Remove a job from the queue. @returns whether it was still there */
  #remove(job: WriteJob): boolean {
    if (!this.#open.delete(job)) return false;
    this.#waiting.delete(job);
    this.#bytes -= job.bytes;
    return true;
  }
}

/** The fingerprint of the incident that an item is about. */
export function fingerprintOfItem(item: WriteItem): string {
  return "prepared" in item ? item.prepared.fingerprint : fingerprintOf(item.update);
}
