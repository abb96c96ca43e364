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
import type { SettlementRow } from "./delivery_result.ts";
import { laneAfterAll } from "./lane_after.ts";
import { bareOf, settlementOf, takeForCommit } from "./settlement.ts";

/** The dependencies of a settlement writer. */
export interface SettlementWriterOptions {
  readonly store: Store;
  readonly writer: Writer;
  readonly clock: Clock;
  /** The lane's bell, to leave the lane with its last results; `undefined` when it has rung since it was read. */
  readonly bell: () => Deno.KvEntryMaybe<unknown> | undefined;
  /** Called with a lane that got work from this one. */
  readonly wake: (lane: string) => void;
  /** Called when results of a lane are written. */
  readonly changed?: (rows: readonly SettlementRow[], lane: string) => void;
  /** Called when the store fails. */
  readonly storeFailed: (action: string, error: StoreError) => void;
  /** Aborted when the relay stops: the writer then does not wait for a failing store. */
  readonly stopping: AbortSignal;
}

/** The wait after a failure of the store. */
const STORE_WAIT = 1_000;

/**
 * The delay before deferrable results are written, in milliseconds, so that many share a commit and commits of new
 * alerts are not delayed. After a crash the deliveries of that time are sent again.
 */
export const COMMIT_WAIT = 10;

/**
 * On a slow disk, the ratio of the wait to the duration of the last commit, which leaves room for commits of new
 * alerts.
 */
const COMMITS_BETWEEN = 4;

/** The longest wait in milliseconds. */
const MAX_COMMIT_WAIT = 100;

/** This many results are written without waiting for more. */
const ENOUGH_RESULTS = 100;

/** Writes the results of a lane's deliveries. Results that arrive during a commit share the next one. */
export class SettlementWriter {
  readonly #lease: LaneLease;
  readonly #options: SettlementWriterOptions;
  #waiting: SettlementRow[] = [];
  /** Results that wait, and results of the current commit. */
  readonly #unwritten = new Set<SettlementRow>();
  #writing: Promise<void> | undefined;
  /** The most results of the next commit, after one that was too large for the database. */
  #most: number | undefined;
  /** Results that were too large by themselves. */
  readonly #bare = new Set<SettlementRow>();
  /** Milliseconds that the last commit took. */
  #commitMs = 0;
  /** Set if the next commit should not wait for more results. */
  readonly #enough = new Latch();
  /** Ids settled since {@linkcode forget}: a read of the queue that was in progress may still return them. */
  readonly #settled = new Set<string>();

  constructor(lease: LaneLease, options: SettlementWriterOptions) {
    this.#lease = lease;
    this.#options = options;
  }

  /** Whether a delivery was settled since {@linkcode forget}. */
  has({ id }: Queued): boolean {
    return this.#settled.has(id);
  }

  /** Remove the settled ids before a read of the queue: the read does not return them. */
  forget(): void {
    this.#settled.clear();
  }

  /** The number of unwritten results. */
  get size(): number {
    return this.#unwritten.size;
  }

  /**
   * Write results. Resolves when they are written or the lane is lost.
   *
   * @param options `canWait`: nothing waits for them, so more results may join the commit
   */
  async write(rows: readonly SettlementRow[], { canWait = false } = {}): Promise<void> {
    this.#waiting.push(...rows);
    for (const row of rows) this.#unwritten.add(row);
    if (!canWait || this.#waiting.length >= ENOUGH_RESULTS) this.#enough.set();
    // Wait for these very results: another caller's commit may include them.
    while (rows.some((row) => this.#unwritten.has(row)) && !this.#lease.lost) {
      this.#writing ??= this.#writeAll().finally(() => this.#writing = undefined);
      await this.#writing;
    }
  }

  /** Wait a moment for the store to recover, or until the relay stops. */
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
      const rows = takeForCommit(this.#waiting, this.#most);
      try {
        const started = performance.now();
        await this.#commit(rows.map((row) => this.#bare.has(row) ? bareOf(row) : row));
        this.#commitMs = performance.now() - started;
        this.#most = undefined;
        for (const row of rows) {
          this.#bare.delete(row);
          this.#settled.add(row.entry.id);
          this.#unwritten.delete(row);
        }
        this.#options.changed?.(rows, this.#lease.name);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        this.#waiting.unshift(...rows);
        if (error.kind === "too_large" && this.#reduce(rows)) continue;
        this.#options.storeFailed(`write the results of lane ${this.#lease.name}`, error);
        await this.pause();
        if (this.#options.stopping.aborted) this.#lease.abandon(); // sent messages are sent again after the next start
      }
    }
  }

  /** Make the next commit smaller. @returns whether that is possible */
  #reduce(rows: readonly SettlementRow[]): boolean {
    const [first] = rows;
    if (rows.length > 1) {
      this.#most = Math.ceil(rows.length / 2);
      return true;
    }
    if (first === undefined || this.#bare.has(first)) return false;
    this.#bare.add(first);
    return true;
  }

  async #commit(rows: readonly SettlementRow[]): Promise<void> {
    const { bell, writer, clock, wake } = this.#options;
    const now = clock.now();
    const { deaths, receipts, ...settlement } = settlementOf(rows, { now, ...await this.#read(rows) });
    const sealed = receipts.length > 0 ? await this.#options.store.receipts.seal(receipts) : [];
    // Windows first, then results: after a crash in between the same deaths are recorded again, and no other deaths.
    await writer.recordDead(deaths);
    await this.#lease.settle(
      (lane) => defined({ ...settlement, receipts: sealed, state: laneAfterAll(lane, rows, now) }),
      bell(),
    );
    for (const { lane } of [...settlement.moved, ...settlement.created]) wake(lane);
  }

  /** Read the stored records of deliveries that were tried before, and the alerts of dead ones; both by delivery id. */
  async #read(
    rows: readonly SettlementRow[],
  ): Promise<{ records: ReadonlyMap<string, Delivery>; alerts: ReadonlyMap<string, Alert> }> {
    const { store } = this.#options;
    const records = new Map<string, Delivery>();
    const alerts = new Map<string, Alert>();
    for (const row of rows) {
      if ("movedTo" in row) continue;
      const { entry, fate, fallback } = row;
      const record = entry.tries !== undefined ? await store.deliveries.get(entry) : undefined;
      if (record) records.set(entry.id, record);
      const alert = fate.state === "dead" && !fallback ? await alertOf(entry, store) : undefined;
      if (alert) alerts.set(entry.id, alert);
    }
    return { records, alerts };
  }
}
