import type { Clock } from "../base/clock.ts";
import { defined } from "../base/defined.ts";
import { Latch } from "../base/latch.ts";
import type { Alert } from "../domain/alert.ts";
import type { Delivery, Queued } from "../domain/record.ts";
import type { Writer } from "../intake/writer.ts";
import { StoreError } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import { alertOf } from "./alert_of.ts";
import type { LaneLease } from "./lane_lease.ts";
import { laneAfterAll, settlementOf, type SettlementRow, takeForCommit } from "./settlement.ts";

/** What writing settlements works with. */
export interface SettlementWriterOptions {
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
 * Results that can wait are written so many milliseconds later: so many share a commit, and none stands in the way of the
 * next alert's. After a crash what was delivered in that time is sent again.
 */
export const COMMIT_WAIT = 10;

/** On a slow disk it is so many times as long as their last commit took: the next alerts' commits go between. */
const COMMITS_BETWEEN = 4;

/** But no longer than this. */
const MAX_COMMIT_WAIT = 100;

/** So many results do not wait for more of them. */
const ENOUGH_RESULTS = 100;

/** Writes what came of a lane's deliveries. Results that come while a commit is under way share the next one. */
export class SettlementWriter {
  readonly #lease: LaneLease;
  readonly #options: SettlementWriterOptions;
  #waiting: SettlementRow[] = [];
  /** Those that wait, and those whose commit is under way. */
  readonly #unwritten = new Set<SettlementRow>();
  #writing: Promise<void> | undefined;
  /** How long the last commit took. */
  #commitMs = 0;
  /** Set when the next commit waits for no more results. */
  readonly #enough = new Latch();
  #isReported = false;
  /** Settled since {@linkcode forget}: a reading of the queue that was under way may still show them. */
  readonly #settled = new Set<string>();

  constructor(lease: LaneLease, options: SettlementWriterOptions) {
    this.#lease = lease;
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
   * @param options `canWait`: nothing waits for them, so others may join them first.
   */
  async write(rows: readonly SettlementRow[], { canWait = false } = {}): Promise<void> {
    this.#waiting.push(...rows);
    for (const row of rows) this.#unwritten.add(row);
    if (!canWait || this.#waiting.length >= ENOUGH_RESULTS) this.#enough.set();
    // Not before these very results are written: another's commit may have taken them off the waiting ones.
    while (rows.some((row) => this.#unwritten.has(row)) && !this.#lease.lost) {
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
    while (this.#waiting.length > 0 && !this.#lease.lost) {
      await this.#enough.wait(
        Math.max(COMMIT_WAIT, Math.min(COMMITS_BETWEEN * this.#commitMs, MAX_COMMIT_WAIT)),
      );
      const rows = takeForCommit(this.#waiting);
      try {
        const started = performance.now();
        await this.#commit(rows);
        this.#commitMs = performance.now() - started;
        for (const row of rows) {
          this.#settled.add(row.entry.id);
          this.#unwritten.delete(row);
        }
        this.#options.changed?.();
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        this.#waiting.unshift(...rows);
        // Once, and not each second: whatever keeps it from being written keeps the lane, too.
        if (!this.#isReported) {
          this.#options.report(
            `Cannot write what became of deliveries of ${this.#lease.name}: ${error.message}`,
          );
        }
        this.#isReported = true;
        await this.pause();
        if (this.#options.stopping.aborted) this.#lease.abandon(); // what was sent is sent again after the start
      }
    }
  }

  async #commit(rows: readonly SettlementRow[]): Promise<void> {
    const { writer, clock, wake } = this.#options;
    const now = clock.now();
    const { deaths, ...settlement } = settlementOf(rows, { now, ...await this.#read(rows) });
    // First the windows, then the deaths: a crash in between records the same deaths once more, and no others.
    await writer.recordDead(deaths);
    await this.#lease.settle((lane) => defined({ ...settlement, state: laneAfterAll(lane, rows, now) }));
    for (const { lane } of [...settlement.moved, ...settlement.created]) wake(lane);
  }

  /** The stored records of deliveries that were tried before, and the alerts of those that are dead now: by delivery. */
  async #read(
    rows: readonly SettlementRow[],
  ): Promise<{ records: ReadonlyMap<string, Delivery>; alerts: ReadonlyMap<string, Alert> }> {
    const { store } = this.#options;
    const records = new Map<string, Delivery>();
    const alerts = new Map<string, Alert>();
    for (const row of rows) {
      if ("movedTo" in row) continue;
      const { entry, fate, fallback } = row;
      const record = entry.tries !== undefined ? await store.outbox.delivery(entry) : undefined;
      if (record) records.set(entry.id, record);
      const alert = fate.state === "dead" && !fallback ? await alertOf(entry, store) : undefined;
      if (alert) alerts.set(entry.id, alert);
    }
    return { records, alerts };
  }
}
