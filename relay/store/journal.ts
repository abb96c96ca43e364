import type { AlertLog } from "./alert_log.ts";
import type { Atomic } from "./atomic.ts";
import type { Audit } from "./audit.ts";
import type { Bells } from "./bells.ts";
import type { Commit, CommitLimits, OnQueued } from "./commit.ts";
import type { Commits, CommitSlot } from "./commits.ts";
import type { Database, DatabaseView } from "./database.ts";
import type { Incidents } from "./incidents.ts";
import type { EndedIncidents } from "./ended_incidents.ts";
import { logKey, queuedKey, responseKey, tallyKey } from "./keys.ts";
import type { LatestIncidents } from "./latest_incidents.ts";
import { setSignature } from "./signatures.ts";
import type { Timeline } from "./timeline.ts";
import { CommitTally, setCells, type TallyCell } from "./tallies.ts";
import { countResponses } from "../domain/response.ts";

/** The parts of the store that the journal writes to. */
export interface JournalOptions {
  readonly commits: Commits;
  /** The time that records are stored, in milliseconds. */
  readonly retention: { readonly alerts: number; readonly dead: number };
  readonly audit: Audit;
  readonly timeline: Timeline;
  readonly log: AlertLog;
  readonly incidents: Incidents;
  readonly ended: EndedIncidents;
  readonly bells: Bells;
  readonly onQueued: OnQueued;
  /** Called with the duration of a commit that has landed, in milliseconds, and with the commit. */
  readonly committed?: (ms: number, commit: Pick<Commit, "pages" | "responses">) => void;
}

/**
 * The database accepts 1,000 mutations, 800 KiB and 80 KiB of keys per atomic; a waiting delivery's key has about 90
 * bytes.
 */
export const LIMITS: CommitLimits = { mutations: 800, bytes: 600_000 };

/**
 * A waiting delivery needs its alert even with a short retention: a week of quiet hours, a day of retries, and a
 * margin.
 */
const MAX_WAIT = 9 * 86_400_000;

/** Commits follow one another in a slot, and count in its tally. */
interface JournalSlot {
  readonly commits: CommitSlot;
  readonly tally: CommitTally;
  readonly responses: CommitTally;
}

/** Writes accepted alerts, their incidents and their deliveries in one atomic. */
export class Journal {
  readonly limits = LIMITS;
  readonly #kv: DatabaseView;
  readonly #options: JournalOptions;
  /** Slots without a current commit. The last one is used first, so that few concurrent commits use few cells. */
  readonly #free: JournalSlot[] = [];
  /** Free slots with a commit that was given up and may still land. They are used first, which resolves the doubt. */
  readonly #doubtful: JournalSlot[] = [];

  constructor(database: Database, options: JournalOptions) {
    this.#kv = database.of("the alerts");
    this.#options = options;
  }

  /** Makes the id of a timeline's entry from its time. */
  get nextEntryId(): (time: number) => string {
    return this.#options.timeline.nextId;
  }

  /** The most different fingerprints in one commit. */
  get fingerprints(): number {
    return this.#options.commits.fingerprints;
  }

  /** The most concurrent commits. They must be of different fingerprints. */
  get concurrency(): number {
    return this.#options.commits.concurrency;
  }

  /**
   * Write a commit that was decided on these incidents. It is on disk when this returns `landed`; otherwise another
   * instance has changed one of them, nothing is written, and their current state is returned: decide again.
   *
   * @throws StoreError when it is not known to have landed. On a shared store it may still land later.
   */
  async append(commit: Commit, latest: LatestIncidents): Promise<"landed" | LatestIncidents> {
    const { log, incidents, onQueued, committed } = this.#options;
    const began = performance.now();
    const slot = this.#doubtful.pop() ?? this.#free.pop() ?? this.#open();
    const { hour, tally, responses } = commit;
    const counted = [
      ...commit.pages.length > 0 ? [slot.tally.after(hour, tally)] : [],
      ...responses.length > 0 ? [slot.responses.after(hour, countResponses(responses))] : [],
    ];
    const cells = counted.flatMap(({ cells }) => cells);
    let written = (_versionstamp: string): void => {};
    const build = (): Atomic => {
      const atomic = this.#kv.atomic();
      written = this.#write(atomic, commit, { cells, latest });
      incidents.check(atomic, latest);
      return atomic;
    };
    try {
      const outcome = await slot.commits.commit(build, incidents.keys(latest));
      if (outcome.kind === "refused") return incidents.reread(outcome.entries, latest);
      for (const { landed } of counted) landed();
      written(outcome.versionstamp);
    } catch (error) {
      slot.tally.doubt();
      slot.responses.doubt();
      throw error;
    } finally {
      (slot.commits.inDoubt ? this.#doubtful : this.#free).push(slot);
    }
    committed?.(performance.now() - began, commit);
    for (const page of commit.pages) log.written(page);
    commit.queued.forEach(onQueued);
    return "landed";
  }

  #open(): JournalSlot {
    return {
      commits: this.#options.commits.open(),
      tally: new CommitTally(tallyKey),
      responses: new CommitTally(responseKey),
    };
  }

  /** Add a commit to an atomic. @returns a function to call with the versionstamp of the atomic, when it has landed */
  #write(
    atomic: Atomic,
    commit: Commit,
    { cells, latest }: { cells: readonly TallyCell[]; latest: LatestIncidents },
  ): (versionstamp: string) => void {
    const { audit, bells, ended, incidents, retention, timeline } = this.#options;
    setCells(atomic, cells, retention);
    const expireIn = Math.max(retention.alerts, MAX_WAIT);
    for (const { id, bytes } of commit.pages) atomic.set(logKey(id), bytes, { expireIn });
    const landed = incidents.write(atomic, commit, latest);
    for (const { lane, id, bytes } of commit.queued) atomic.set(queuedKey(lane, id), bytes);
    const rang = bells.ringMany(atomic, commit.bells, commit.pages[0]?.id ?? crypto.randomUUID());
    for (const signature of commit.signatures) setSignature(atomic, signature);
    audit.add(atomic, commit.notes);
    timeline.add(atomic, commit.timeline);
    ended.add(atomic, commit.ended);
    return (versionstamp) => {
      landed(versionstamp);
      rang();
    };
  }
}
