import type { Verdict } from "../channel.ts";
import type { Clock } from "../base/clock.ts";
import type { Writer } from "../intake/writer.ts";
import type { DeadLetter, Delivery, DigestRecord, Queued } from "../domain/record.ts";
import { StoreError } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import { alertOf } from "./alert_of.ts";
import type { HeldLane } from "./held_lane.ts";
import { Signal } from "./signal.ts";
import { reachedBy } from "./retry.ts";
import { deliveryAfter, laneAfterAll, type Result, takeForCommit } from "./settlement.ts";

/** What writing results works with. */
export interface ResultsOptions {
  readonly store: Store;
  readonly writer: Writer;
  readonly clock: Clock;
  /** Called with a lane that got work from this one. */
  readonly wake: (lane: string) => void;
  /** Called when results are written. */
  readonly changed?: () => void;
  /** Called with what should never happen, in words without secrets. */
  readonly report: (words: string) => void;
  /** Aborted when the relay stops: a store that fails is then not waited for. */
  readonly stopping: AbortSignal;
}

/** How long to wait when the store fails. */
const STORE_WAIT = 1_000;

/**
 * Results that nobody waits for are written so many milliseconds later: so many share a commit, and none stands in the way
 * of the next alert's. After a crash what was delivered in that time is sent again.
 */
export const COMPANY_WAIT = 10;

/** On a slow disk it is so many times as long as their last commit took: the next alerts' commits go between. */
const COMMITS_BETWEEN = 4;

/** But no longer than this. */
const LONGEST_COMPANY_WAIT = 100;

/** So many of them are company enough. */
const COMPANY = 100;

/** Writes what came of a lane's deliveries. Those that come while a commit is under way share the next one. */
export class Results {
  readonly #lane: HeldLane;
  readonly #options: ResultsOptions;
  #waiting: Result[] = [];
  /** Those that wait, and those whose commit is under way. */
  readonly #unwritten = new Set<Result>();
  #writing: Promise<void> | undefined;
  /** How long the last commit took. */
  #commitMs = 0;
  /** Given when no more company is waited for. */
  readonly #enough = new Signal();
  #isReported = false;
  /** Settled since {@linkcode forget}: a reading of the queue that was under way may still show them. */
  readonly #settled = new Set<string>();

  constructor(lane: HeldLane, options: ResultsOptions) {
    this.#lane = lane;
    this.#options = options;
  }

  /** Whether a delivery was settled since {@linkcode forget}. */
  has({ id }: Queued): boolean {
    return this.#settled.has(id);
  }

  /** A reading of the queue begins: what was settled before is not in it. */
  forget(): void {
    this.#settled.clear();
  }

  /** How many are not written. */
  get size(): number {
    return this.#unwritten.size;
  }

  /**
   * Write results; they are written, or the lane is lost, when this returns.
   *
   * @param options `inCompany`: nobody waits for them, so others may join them first.
   */
  async write(results: readonly Result[], { inCompany = false } = {}): Promise<void> {
    this.#waiting.push(...results);
    for (const result of results) this.#unwritten.add(result);
    if (!inCompany || this.#waiting.length >= COMPANY) this.#enough.give();
    // Not before these very results are written: another's commit may have taken them off the waiting ones.
    while (results.some((result) => this.#unwritten.has(result)) && !this.#lane.lost) {
      this.#writing ??= this.#writeAll().finally(() => this.#writing = undefined);
      await this.#writing;
    }
  }

  /** Wait for the store to recover a little, or for the relay to stop. */
  async pause(): Promise<void> {
    const { clock, stopping } = this.#options;
    if (stopping.aborted) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.at(clock.now() + STORE_WAIT, done);
      stopping.addEventListener("abort", done, { once: true });
      function done(): void {
        cancel();
        stopping.removeEventListener("abort", done);
        resolve();
      }
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#lane.lost) {
      await this.#enough.wait(
        Math.max(COMPANY_WAIT, Math.min(COMMITS_BETWEEN * this.#commitMs, LONGEST_COMPANY_WAIT)),
      );
      const results = takeForCommit(this.#waiting);
      try {
        const started = performance.now();
        await this.#settle(results);
        this.#commitMs = performance.now() - started;
        for (const result of results) {
          this.#settled.add(result.entry.id);
          this.#unwritten.delete(result);
        }
        this.#options.changed?.();
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        this.#waiting.unshift(...results);
        // Once, and not each second: whatever keeps it from being written keeps the lane, too.
        if (!this.#isReported) {
          this.#options.report(
            `Cannot write what became of deliveries of ${this.#lane.name}: ${error.message}`,
          );
        }
        this.#isReported = true;
        await this.pause();
        if (this.#options.stopping.aborted) this.#lane.abandon(); // what was sent is sent again after the start
      }
    }
  }

  async #settle(results: readonly Result[]): Promise<void> {
    const { store: { outbox }, writer, clock, wake } = this.#options;
    const now = clock.now();
    const done: Delivery[] = [];
    const letters: DeadLetter[] = [];
    const waiting: { entry: Queued; delivery: Delivery }[] = [];
    const created: { entry: Queued; lane: string }[] = [];
    const digests: DigestRecord[] = [];
    const moved: { entry: Queued; lane: string }[] = [];
    for (const result of results) {
      const { entry } = result;
      if ("movedTo" in result) {
        moved.push({ entry, lane: result.movedTo });
        continue;
      }
      const { fate, over, lesson } = result;
      const before = entry.tries !== undefined ? await outbox.delivery(entry) : undefined;
      const delivery = deliveryAfter(result, before, now);
      if (over) created.push(over);
      if (lesson?.digest && hasReached(lesson.verdict)) digests.push(lesson.digest.record);
      if (fate.state === "pending" && !over) waiting.push({ entry: fate.entry, delivery });
      else done.push(delivery);
      if (delivery.state === "dead") letters.push(await this.#letter(entry, delivery));
    }
    // First the windows, then the deaths: a crash in between buries the same deliveries once more, and no one else's.
    // A reminder told nobody anything new: no window hangs on it.
    const deaths = done.filter(({ state, reason }) => state === "dead" && reason !== "reminder");
    await writer.bury(
      deaths.map(({ fingerprint, group, alert, id }) => ({ fingerprint, group, alert, delivery: id, now })),
    );
    await this.#lane.settle((before) => {
      const state = laneAfterAll(before, results, now);
      return { done, letters, waiting, moved, created, digests, ...state ? { state } : {} };
    });
    for (const { lane } of [...moved, ...created]) wake(lane);
  }

  async #letter(entry: Queued, { because, settledAt }: Delivery): Promise<DeadLetter> {
    const alert = await alertOf(entry, this.#options.store);
    return { entry, because, diedAt: settledAt!, ...alert ? { alert } : {} };
  }
}

function hasReached(verdict: Verdict): boolean {
  return verdict.kind === "delivered" || reachedBy(verdict).length > 0;
}
