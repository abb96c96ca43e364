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
  /** How many of the items are done. */
  done: number;
  readonly logged: AcceptedAlert[];
  readonly lanes: Set<string>;
  refused?: StoreError;
  readonly bytes: number;
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
}

/** An item for the next commit, and its result. */
export interface WriteCandidate {
  readonly job: WriteJob;
  readonly item: WriteItem;
  logged?: AcceptedAlert;
  refused?: StoreError;
}

/** Consecutive items of one job before the next job gets its turn, so that a large job does not delay small ones. */
const TURN_ITEMS = 50;

/** The jobs that wait for the writer. */
export class WriteQueue {
  readonly #jobs: WriteJob[] = [];
  #bytes = 0;

  /** How many jobs wait. */
  get size(): number {
    return this.#jobs.length;
  }

  /** Bytes of the payloads that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The jobs that wait now. */
  jobs(): readonly WriteJob[] {
    return [...this.#jobs];
  }

  /** Add a job. @returns what was written, once all of its items are done */
  add(items: readonly WriteItem[], bytes: number): Promise<Written> {
    this.#bytes += bytes;
    return new Promise((resolve, reject) => {
      this.#jobs.push({ items, done: 0, logged: [], lanes: new Set(), bytes, resolve, reject });
    });
  }

  /** The items for the next commit, within these limits of items and different fingerprints. */
  next(limits: { items: number; fingerprints: number }): {
    candidates: WriteCandidate[];
    fingerprints: Set<string>;
  } {
    const fingerprints = new Set<string>();
    const candidates: WriteCandidate[] = [];
    for (const candidate of this.#inTurns()) {
      const fingerprint = fingerprintOfItem(candidate.item);
      if (fingerprints.size >= limits.fingerprints && !fingerprints.has(fingerprint)) break;
      fingerprints.add(fingerprint);
      candidates.push(candidate);
      if (candidates.length >= limits.items) break;
    }
    return { candidates, fingerprints };
  }

  /** Mark items as written or individually refused. `lanes`: the lanes that got work from the commit. */
  finish(candidates: readonly WriteCandidate[], lanes: ReadonlySet<string>): void {
    for (const { job, logged, refused } of candidates) {
      if (logged) job.logged.push(logged);
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

  /** Remove jobs and reject their callers. */
  fail(jobs: readonly WriteJob[], error: unknown): void {
    for (const job of jobs) if (this.#remove(job)) job.reject(error);
  }

  /** The waiting items, round-robin over the jobs. Each job keeps its own order. */
  *#inTurns(): Generator<WriteCandidate> {
    let waiting = this.#jobs.map((job) => ({ job, next: job.done }));
    while (waiting.length > 0) {
      for (const turn of waiting) {
        const { job } = turn;
        const end = Math.min(job.items.length, turn.next + TURN_ITEMS);
        for (; turn.next < end; turn.next++) yield { job, item: job.items[turn.next]! };
      }
      waiting = waiting.filter(({ job, next }) => next < job.items.length);
    }
  }

  #advance(job: WriteJob): void {
    job.done++;
    if (job.done === job.items.length && this.#remove(job)) job.resolve(job);
  }

  /** Remove a job from the queue. @returns whether it was still there */
  #remove(job: WriteJob): boolean {
    const index = this.#jobs.indexOf(job);
    if (index < 0) return false;
    this.#jobs.splice(index, 1);
    this.#bytes -= job.bytes;
    return true;
  }
}

function fingerprintOfItem(item: WriteItem): string {
  return "prepared" in item ? item.prepared.fingerprint : fingerprintOf(item.update);
}
