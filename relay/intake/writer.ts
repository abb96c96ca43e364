import { decodeTime, monotonicFactory } from "../ulid.ts";
import type { Commit } from "../store/commit.ts";
import { type Change, type Death, fingerprintOf } from "./change.ts";
import type { Intake } from "./intake.ts";
import { type Logged, Plan } from "./plan.ts";
import { StoreError } from "../store/errors.ts";
import type { Journal } from "../store/journal.ts";

/** What a commit may hold, in the order of its coming. */
type Work = { readonly intake: Intake } | Change;

/** Some work whose sender waits for all of it. */
interface Job {
  readonly work: readonly Work[];
  /** How much of the work is on disk. */
  done: number;
  readonly logged: Logged[];
  readonly lanes: Set<string>;
  /** Bytes that it holds in the queue, roughly. */
  readonly bytes: number;
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
}

/** What was written for one caller. */
export interface Written {
  /** One for each intake, in their order. */
  readonly logged: readonly Logged[];
  /** The lanes that got work. */
  readonly lanes: ReadonlySet<string>;
}

/** How the writer works; the defaults are for production. */
export interface WriterOptions {
  /** When a silent incident is closed; read anew each time. */
  readonly staleAfter: number;
  readonly now: () => number;
  /** The newest log page of the store: ids go on after it. */
  readonly newestPage?: string | undefined;
  /** Bytes of alerts that may wait for a commit. Default 64 MiB. */
  readonly capacity?: number;
  /** Milliseconds after which callers stop waiting for a commit that hangs. Default 10,000. */
  readonly patience?: number;
}

/** How often a plan that another instance made stale is made anew. */
const REPLANS = 20;

/**
 * Group commit: the single writer in front of the store. One commit costs one fsync, so what comes while a commit is
 * under way shares the next one. Each caller is answered after the commit that holds its last alert.
 */
export class Writer {
  readonly #journal: Journal;
  readonly #options: WriterOptions;
  readonly #capacity: number;
  readonly #patience: number;
  readonly #nextId = monotonicFactory(pooledRandom());
  readonly #jobs: Job[] = [];
  #time: number;
  #bytes = 0;
  #running: Promise<void> | undefined;
  #stalled = false;

  constructor(journal: Journal, options: WriterOptions) {
    const { newestPage, capacity = 64 * 2 ** 20, patience = 10_000 } = options;
    this.#journal = journal;
    this.#options = options;
    this.#capacity = capacity;
    this.#patience = patience;
    this.#time = newestPage === undefined ? 0 : decodeTime(newestPage) + 1;
  }

  /**
   * Store alerts, in their order.
   *
   * @throws StoreError `full` when too much waits already, `unavailable` when the store does not take them. Those of them
   * that did land fold the sender's retry.
   */
  async append(intakes: readonly Intake[], { bytes }: { bytes: number }): Promise<Written> {
    if (intakes.length === 0) return { logged: [], lanes: new Set() };
    // An empty queue takes any payload that the door let in.
    if (this.#bytes > 0 && this.#bytes + bytes > this.#capacity) {
      throw new StoreError(
        "full",
        "Cannot store the alerts: too many wait to be written; send them again in a moment",
      );
    }
    return await this.#add(intakes.map((intake) => ({ intake })), bytes);
  }

  /** Note deliveries that died, so that the windows which they leave empty end. @throws StoreError */
  async bury(deaths: readonly Death[]): Promise<void> {
    if (deaths.length > 0) await this.#add(deaths.map((death) => ({ death })), 0);
  }

  /** Change incidents, in this order. @returns the lanes that got work. @throws StoreError */
  async change(changes: readonly Change[]): Promise<ReadonlySet<string>> {
    return changes.length === 0 ? new Set() : (await this.#add(changes, 0)).lanes;
  }

  /** Close the incidents that were silent for too long, between two commits. @throws StoreError */
  async closeStale(now: number): Promise<void> {
    const stale = await this.#journal.stale({ now, staleAfter: this.#options.staleAfter });
    while (this.#running) await this.#running;
    this.#running = this.#journal.close(stale, now)
      .finally(() => {
        this.#running = undefined;
        this.#start();
      });
    await this.#running;
  }

  /** Wait until nothing is being written. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running.catch(() => {});
  }

  #add(work: readonly Work[], bytes: number): Promise<Written> {
    if (this.#stalled) {
      return Promise.reject(new StoreError("unavailable", "Cannot store the alerts: the database hangs"));
    }
    return new Promise((resolve, reject) => {
      this.#jobs.push({ work, done: 0, logged: [], lanes: new Set(), bytes, resolve, reject });
      this.#bytes += bytes;
      this.#start();
    });
  }

  #start(): void {
    if (this.#running || this.#jobs.length === 0) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      this.#start();
    });
  }

  async #run(): Promise<void> {
    // Requests that are ready to run now share this commit.
    await Promise.resolve();
    while (this.#jobs.length > 0) {
      const waiting = [...this.#jobs];
      const patience = setTimeout(() => this.#giveUpOn([...this.#jobs]), this.#patience);
      try {
        await this.#commitOnce();
      } catch (error) {
        for (const job of waiting) if (this.#jobs.includes(job)) this.#end(job, () => job.reject(error));
      } finally {
        clearTimeout(patience);
        this.#stalled = false;
      }
    }
  }

  /** A commit that hangs: nobody should wait for it, and nobody should queue behind it. */
  #giveUpOn(jobs: readonly Job[]): void {
    this.#stalled = true;
    const error = new StoreError("unavailable", "Cannot store the alerts: the database hangs");
    for (const job of jobs) this.#end(job, () => job.reject(error));
  }

  async #commitOnce(): Promise<void> {
    for (let replan = 0; replan < REPLANS; replan++) {
      const candidates = this.#candidates();
      const known = await this.#journal.known(new Set(candidates.map(({ work }) => incidentOf(work))));
      let time = Math.max(this.#time, this.#options.now());
      for (const { work } of candidates) {
        const lastId = known.get(incidentOf(work))?.lastId;
        if (lastId) time = Math.max(time, decodeTime(lastId.slice(0, 26)) + 1);
      }
      this.#time = time;
      const plan = new Plan({
        known: (fingerprint) => known.get(fingerprint),
        nextPage: () => this.#nextId(time),
        staleAfter: this.#options.staleAfter,
        limits: this.#journal.limits,
      });
      const taken: { job: Job; logged?: Logged }[] = [];
      for (const { job, work } of candidates) {
        if ("intake" in work) {
          const logged = plan.add(work.intake);
          if (!logged) break;
          taken.push({ job, logged });
        } else {
          if (!plan.change(work)) break;
          taken.push({ job });
        }
      }
      const commit = plan.finish();
      if (await this.#journal.append(commit, known) === "landed") return this.#finish(taken, commit);
    }
    throw new StoreError(
      "unavailable",
      "Cannot store the alerts: other instances change the same incidents; try again",
    );
  }

  /** What the next commit may hold, at most: as many different fingerprints as the store can check at once. */
  #candidates(): { job: Job; work: Work }[] {
    const { mutations } = this.#journal.limits;
    const fingerprints = new Set<string>();
    const candidates: { job: Job; work: Work }[] = [];
    for (const job of this.#jobs) {
      for (let index = job.done; index < job.work.length; index++) {
        const work = job.work[index]!;
        fingerprints.add(incidentOf(work));
        if (fingerprints.size > this.#journal.fingerprints) return candidates;
        candidates.push({ job, work });
        // Folded alerts need no mutation of their own, so many more of them than mutations may share a commit.
        if (candidates.length >= 20 * mutations) return candidates;
      }
    }
    return candidates;
  }

  #finish(taken: readonly { job: Job; logged?: Logged }[], commit: Commit): void {
    for (const { job, logged } of taken) {
      job.done++;
      if (logged) job.logged.push(logged);
      // A lane too many only looks into its queue; a lane too few would wait for the sweep.
      for (const lane of commit.bells) job.lanes.add(lane);
      if (job.done === job.work.length) this.#end(job, () => job.resolve(job));
    }
  }

  #end(job: Job, answer: () => void): void {
    const index = this.#jobs.indexOf(job);
    if (index < 0) return;
    this.#jobs.splice(index, 1);
    this.#bytes -= job.bytes;
    answer();
  }
}

function incidentOf(work: Work): string {
  return "intake" in work ? work.intake.fingerprint : fingerprintOf(work);
}

/** Random numbers in [0, 1), drawn from the system many at a time: an id takes sixteen. */
function pooledRandom(): () => number {
  const pool = new Uint32Array(1_024);
  let next = pool.length;
  return () => {
    if (next === pool.length) {
      crypto.getRandomValues(pool);
      next = 0;
    }
    return pool[next++]! / 2 ** 32;
  };
}
