import type { StoreError } from "../store/errors.ts";
import type { AcceptedAlert } from "./commit_builder.ts";
import type { PreparedAlert } from "./pipeline.ts";
import { fingerprintOf, type IncidentUpdate } from "./updates.ts";

/** What a commit may hold: alerts, and updates of incidents. */
export type WriteItem = { readonly prepared: PreparedAlert } | { readonly update: IncidentUpdate };

/** What was written for one caller. */
export interface Written {
  /** One for each alert, in their order. */
  readonly logged: readonly AcceptedAlert[];
  /** The lanes that got work. */
  readonly lanes: ReadonlySet<string>;
  /** Why one of the alerts can never be stored; the others are. */
  readonly refused?: StoreError | undefined;
}

/** The items of one caller. It is answered when all of them are done with. */
export interface WriteJob {
  readonly items: readonly WriteItem[];
  /** How many of the items are done with. */
  done: number;
  readonly logged: AcceptedAlert[];
  readonly lanes: Set<string>;
  refused?: StoreError;
  readonly bytes: number;
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
}

/** An item that the next commit may hold, and what came of it. */
export interface WriteCandidate {
  readonly job: WriteJob;
  readonly item: WriteItem;
  logged?: AcceptedAlert;
  refused?: StoreError;
}

/** Items of one job in a row before the next job has its turn: a large job does not delay small ones. */
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

  /** Add a job. @returns what was written, once all of its items are done with */
  add(items: readonly WriteItem[], bytes: number): Promise<Written> {
    this.#bytes += bytes;
    return new Promise((resolve, reject) => {
      this.#jobs.push({ items, done: 0, logged: [], lanes: new Set(), bytes, resolve, reject });
    });
  }

  /** What the next commit may hold: at most so many items, and so many different fingerprints. */
  next(most: { items: number; fingerprints: number }): {
    candidates: WriteCandidate[];
    fingerprints: Set<string>;
  } {
    const fingerprints = new Set<string>();
    const candidates: WriteCandidate[] = [];
    for (const candidate of this.#inTurns()) {
      const fingerprint = fingerprintOfItem(candidate.item);
      if (fingerprints.size >= most.fingerprints && !fingerprints.has(fingerprint)) break;
      fingerprints.add(fingerprint);
      candidates.push(candidate);
      if (candidates.length >= most.items) break;
    }
    return { candidates, fingerprints };
  }

  /** The items are written, or were refused one by one. `lanes`: those that the commit brought work. */
  finish(candidates: readonly WriteCandidate[], lanes: ReadonlySet<string>): void {
    for (const { job, logged, refused } of candidates) {
      if (logged) job.logged.push(logged);
      if (refused) job.refused ??= refused;
      // A lane too many only looks into its queue; a lane too few would wait for the sweep.
      for (const lane of lanes) job.lanes.add(lane);
      this.#advance(job);
    }
  }

  /** The items can never be stored; the rest of their jobs goes on. */
  refuse(candidates: readonly WriteCandidate[], error: StoreError): void {
    for (const { job } of candidates) {
      job.refused ??= error;
      this.#advance(job);
    }
  }

  /** Give up on jobs. */
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

  /** Take a job off the queue. @returns whether it was still there */
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
