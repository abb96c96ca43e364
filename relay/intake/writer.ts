import { decodeTime, monotonicFactory } from "../base/ulid.ts";
import type { Commit } from "../store/commit.ts";
import { type Change, type Death, fingerprintOf } from "./change.ts";
import type { Intake } from "./intake.ts";
import { type Logged, Plan } from "./plan.ts";
import { Deadline } from "../base/deadline.ts";
import { turnOfLoop } from "../base/event_loop.ts";
import { StoreError } from "../store/errors.ts";
import type { Incidents } from "../store/incidents.ts";
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
  /** Why some of its work can never be stored. */
  refused?: StoreError;
  /** Bytes that it holds in the queue, roughly. */
  readonly bytes: number;
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
}

/** Some work that the next commit may hold, and what came of it. */
interface Candidate {
  readonly job: Job;
  readonly work: Work;
  logged?: Logged;
  refused?: StoreError;
}

/** What was written for one caller. */
export interface Written {
  /** One for each intake, in their order. */
  readonly logged: readonly Logged[];
  /** The lanes that got work. */
  readonly lanes: ReadonlySet<string>;
  /** Why one of the alerts can never be stored; the others are. */
  readonly refused?: StoreError;
}

/** How the writer works; the defaults are for production. */
export interface WriterOptions {
  /** Milliseconds of silence after which an incident leaves the list of open ones; read anew each time. */
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

/** How much work of one job joins a commit before the next job has its turn: a large job does not delay small ones. */
const TURN_WORK = 50;

/** Stale incidents that are retired before alerts get their turn: a storm's incidents all become stale together. */
const RETIRED_AT_ONCE = 50;

/** Turns of the event loop, at most, that bring more to a commit. */
const GATHERING_TURNS = 4;

/**
 * Group commit: the single writer in front of the store. One commit costs one fsync, so what comes while a commit is
 * under way shares the next one. Each caller is answered after the commit that holds its last alert.
 */
export class Writer {
  readonly #journal: Journal;
  readonly #incidents: Incidents;
  readonly #options: WriterOptions;
  readonly #capacity: number;
  readonly #patience: Deadline;
  readonly #nextId = monotonicFactory(pooledRandom());
  readonly #jobs: Job[] = [];
  /** How many alerts and changes the last commit held. */
  #company = 1;
  #time: number;
  #bytes = 0;
  #running: Promise<void> | undefined;
  #stalled = false;

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
   * Store alerts, in their order. One that can never be stored does not prevent the others.
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
  async recordDead(deaths: readonly Death[]): Promise<void> {
    await this.change(deaths.map((death) => ({ death })));
  }

  /** Change incidents, in this order. @returns the lanes that got work. @throws StoreError */
  async change(changes: readonly Change[]): Promise<ReadonlySet<string>> {
    if (changes.length === 0) return new Set();
    const { lanes, refused } = await this.#add(changes, 0);
    if (refused) throw refused;
    return lanes;
  }

  /** Take the incidents that were silent for too long off the list of open ones, a few at a time. @throws StoreError */
  async retireStale(now: number): Promise<void> {
    const stale = await this.#incidents.stale({ now, staleAfter: this.#options.staleAfter });
    for (let from = 0; from < stale.length; from += RETIRED_AT_ONCE) {
      await this.#betweenCommits(() =>
        this.#incidents.retire(stale.slice(from, from + RETIRED_AT_ONCE), now)
      );
    }
    await this.#betweenCommits(() => this.#incidents.forget());
  }

  async #betweenCommits(work: () => Promise<void>): Promise<void> {
    while (this.#running) await this.#running;
    this.#running = work().finally(() => {
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
    // Who comes in the same turn shares the commit.
    await Promise.resolve();
    let inTime = (): void => {};
    while (this.#jobs.length > 0) {
      const waiting = [...this.#jobs];
      const before = inTime;
      inTime = this.#patience.begin(() => this.#giveUpOn([...this.#jobs]));
      before(); // only now: a timer that is never idle is not set anew for each commit
      await this.#gather();
      try {
        await this.#commitOnce();
      } catch (error) {
        for (const job of waiting) if (this.#jobs.includes(job)) this.#end(job, () => job.reject(error));
      }
      this.#stalled = false;
    }
    inTime();
  }

  /**
   * Let requests that are under way share the next commit, as long as turns of the event loop bring more of them. In a storm
   * those that the last commit answered come back together: without this, large commits take turns with small ones, which
   * cost as much each. Who comes alone does not wait.
   */
  async #gather(): Promise<void> {
    if (this.#jobs.length === 1 && this.#company <= 1) return;
    for (let turn = 0, known = 0; turn < GATHERING_TURNS && known < this.#jobs.length; turn++) {
      known = this.#jobs.length;
      await turnOfLoop();
    }
  }

  /** A commit that hangs: nobody should wait for it, and nobody should queue behind it. */
  #giveUpOn(jobs: readonly Job[]): void {
    this.#stalled = true;
    const error = new StoreError("unavailable", "Cannot store the alerts: the database hangs");
    for (const job of jobs) this.#end(job, () => job.reject(error));
  }

  async #commitOnce(): Promise<void> {
    /** Candidates of a commit, at most; halved while one of them is too large to be stored. */
    let most = Infinity;
    for (let replan = 0; replan < REPLANS; replan++) {
      const { candidates, fingerprints } = this.#candidates(most);
      const known = await this.#incidents.latest(fingerprints);
      let time = Math.max(this.#time, this.#options.now());
      for (const fingerprint of fingerprints) {
        const lastId = known.get(fingerprint)?.lastId;
        if (lastId) time = Math.max(time, decodeTime(lastId.slice(0, 26)) + 1);
      }
      this.#time = time;
      const plan = new Plan({
        known: (fingerprint) => known.get(fingerprint),
        nextPage: () => this.#nextId(time),
        staleAfter: this.#options.staleAfter,
        limits: this.#journal.limits,
      });
      this.#company = candidates.length;
      const full = candidates.findIndex((candidate) => !fits(candidate, plan));
      const taken = full < 0 ? candidates : candidates.slice(0, full);
      const commit = plan.finish();
      try {
        if (await this.#journal.append(commit, known) === "landed") return this.#finish(taken, commit);
      } catch (error) {
        if (!(error instanceof StoreError && error.kind === "too_large")) throw error;
        // One of the candidates is too large: bisect, so that the others are stored.
        if (taken.length <= 1) return this.#refuse(taken, error);
        most = Math.ceil(taken.length / 2);
        replan--;
      }
    }
    throw new StoreError(
      "unavailable",
      "Cannot store the alerts: other instances change the same incidents; try again",
    );
  }

  /** What the next commit may hold, at most: as many different fingerprints as the store can check at once. */
  #candidates(most: number): { candidates: Candidate[]; fingerprints: Set<string> } {
    const { mutations } = this.#journal.limits;
    const fingerprints = new Set<string>();
    const candidates: Candidate[] = [];
    for (const candidate of this.#inTurns()) {
      const fingerprint = incidentOf(candidate.work);
      if (fingerprints.size >= this.#journal.fingerprints && !fingerprints.has(fingerprint)) break;
      fingerprints.add(fingerprint);
      candidates.push(candidate);
      // Duplicates need no mutation of their own, so a commit may hold more of them than mutations.
      if (candidates.length >= Math.min(most, 4 * mutations)) break;
    }
    return { candidates, fingerprints };
  }

  /** The waiting work, round-robin over the jobs. Each job keeps its own order. */
  *#inTurns(): Generator<Candidate> {
    let waiting = this.#jobs.map((job) => ({ job, next: job.done }));
    while (waiting.length > 0) {
      for (const turn of waiting) {
        const { job } = turn;
        const end = Math.min(job.work.length, turn.next + TURN_WORK);
        for (; turn.next < end; turn.next++) yield { job, work: job.work[turn.next]! };
      }
      waiting = waiting.filter(({ job, next }) => next < job.work.length);
    }
  }

  /** Give up on work that can never be stored; the rest of its job goes on. */
  #refuse(taken: readonly Candidate[], error: StoreError): void {
    for (const { job } of taken) {
      job.done++;
      job.refused ??= error;
      if (job.done === job.work.length) this.#end(job, () => job.resolve(job));
    }
  }

  #finish(taken: readonly Candidate[], commit: Commit): void {
    for (const { job, logged, refused } of taken) {
      job.done++;
      if (logged) job.logged.push(logged);
      if (refused) job.refused ??= refused;
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

/** Plan some work. @returns `false` when it is for the next commit */
function fits(candidate: Candidate, plan: Plan): boolean {
  const { work } = candidate;
  try {
    if (!("intake" in work)) return plan.change(work);
    const logged = plan.add(work.intake);
    if (logged) candidate.logged = logged;
    return logged !== undefined;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    candidate.refused = error; // it adds nothing to the commit
    return true;
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
