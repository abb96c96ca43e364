import { MINUTE, SECOND } from "../base/duration.ts";
import { cut, printable } from "../base/text.ts";
import { ulid } from "../base/ulid.ts";
import type { Config } from "../config/mod.ts";
import {
  kindOf,
  newestPayloads,
  type RefusalCount,
  type RefusedBody,
  type SenderRefusal,
} from "../domain/sender_refusal.ts";
import { reportFailure } from "../store/errors.ts";
import type { Store } from "../store/store.ts";

/** The dependencies of {@linkcode RefusalCounts}. */
export interface RefusalCountsOptions {
  readonly config: Config;
  readonly store: Pick<Store, "refusals" | "isShared">;
  /** Called with an internal error. */
  readonly report: (words: string) => void;
}

/** The most kinds that are counted, of known senders and as many of unknown ones; then the least recent is evicted. */
const MAX_KINDS = 100;

/** The most payloads that are taken in a minute, of known senders and as many of unknown ones. */
const MAX_TAKEN = 20;

/** The interval for a kind that has a payload with the same reason. */
const TAKEN_EVERY = MINUTE;

/** The most bytes of a payload that are stored. */
const PAYLOAD_BYTES = 4_096;

/** The records of other instances are read at most this often. */
const READ_EVERY = 10 * SECOND;

/** A kind of refusals. */
export interface CountedRefusals {
  count: RefusalCount;
  /** Whether it is not stored yet. */
  isNew: boolean;
  /** Whether this process has a record of it, or is about to. */
  isRecorded: boolean;
  /** The time of its last log line, and the number of unlogged refusals since. */
  loggedAt: number;
  unlogged: number;
}

/**
 * Count the refusals of the doors, by kind, with the beginnings of payloads. A payload is stored at once, and counts
 * once a minute.
 */
export class RefusalCounts {
  readonly #options: RefusalCountsOptions;
  readonly #counts = new Map<string, CountedRefusals>();
  /** The records of this process. */
  #process: string | undefined;
  readonly #taken = { minute: 0, known: 0, unknown: 0 };
  #others: { readonly at: number; readonly records: readonly RefusalCount[] } | undefined;
  /** Records are written one after another. */
  #writing: Promise<void> = Promise.resolve();
  #isCleared = false;

  constructor(options: RefusalCountsOptions) {
    this.#options = options;
  }

  /** Those of this process, the most recent first. */
  list(): RefusalCount[] {
    return [...this.#counts.values()].map(({ count }) => count).reverse();
  }

  /** Those that are stored as well, of earlier processes and other instances, the most recent first. @throws StoreError */
  async all(now: number): Promise<RefusalCount[]> {
    const { config: { retention: { refused } } } = this.#options;
    const byKind = new Map<string, RefusalCount>();
    const others = refused > 0 ? await this.#readOthers(now) : [];
    for (const one of [...this.list(), ...others.filter(({ lastAt }) => lastAt + refused > now)]) {
      const kind = kindOf(one);
      const other = byKind.get(kind);
      byKind.set(kind, other === undefined ? one : together(one, other));
    }
    return [...byKind.values()].sort((a, b) => b.lastAt - a.lastAt).map((one) => ({
      ...one,
      payloads: one.payloads.filter(({ at }) => at + refused > now),
    }));
  }

  async #readOthers(now: number): Promise<readonly RefusalCount[]> {
    const { store: { refusals, isShared } } = this.#options;
    // A local database has no other writer.
    if (this.#others === undefined || isShared && now >= this.#others.at + READ_EVERY) {
      this.#others = { at: now, records: await refusals.others(this.#processAt(now)) };
    }
    return this.#others.records;
  }

  /** Count a refusal. */
  note(refusal: SenderRefusal, now: number): CountedRefusals {
    const kind = kindOf(refusal);
    const before = this.#counts.get(kind);
    const { count, firstAt, payloads } = before?.count ?? { count: 0, firstAt: now, payloads: [] };
    const counted = {
      isRecorded: false,
      loggedAt: -Infinity,
      unlogged: 0,
      ...before,
      count: { ...refusal, count: count + 1, firstAt, lastAt: now, payloads },
      isNew: true,
    };
    this.#counts.delete(kind); // the most recent is last
    this.#counts.set(kind, counted);
    this.#forgetLeastRecent(refusal, now);
    return counted;
  }

  #forgetLeastRecent({ sender }: SenderRefusal, now: number): void {
    if (this.#counts.size <= MAX_KINDS) return;
    const alike = [...this.#counts].filter(([, { count }]) => isKnown(count) === (sender !== undefined));
    const [oldest] = alike.length > MAX_KINDS ? alike : [];
    if (oldest === undefined) return;
    const [kind, { isRecorded }] = oldest;
    this.#counts.delete(kind);
    // A flood of new kinds must not cost a write each.
    if (isRecorded) this.#write(() => this.#options.store.refusals.delete(this.#processAt(now), kind));
  }

  /** Whether the payload of a refusal is to be kept: only some are, so that a flood of refusals costs little. */
  wants(refusal: SenderRefusal, now: number): boolean {
    if (this.#options.config.retention.refused === 0) return false;
    const last = this.#counts.get(kindOf(refusal))?.count.payloads
      .find(({ reason }) => reason === refusal.reason);
    if (last !== undefined && now < last.at + TAKEN_EVERY) return false;
    const minute = Math.floor(now / MINUTE);
    if (this.#taken.minute !== minute) Object.assign(this.#taken, { minute, known: 0, unknown: 0 });
    return this.#taken[isKnown(refusal) ? "known" : "unknown"]++ < MAX_TAKEN;
  }

  /** Keep the beginning of the payload of a refusal that was noted. */
  async keep(refusal: SenderRefusal, { text, bytes, type }: RefusedBody, now: number): Promise<void> {
    const { config } = this.#options;
    const [{ concealPayload }, { knownSecrets }] = await Promise.all([
      import("../redaction/conceal_payload.ts"),
      import("../config/known_secrets.ts"),
    ]);
    const kind = kindOf(refusal);
    const counted = this.#counts.get(kind);
    if (counted === undefined) return;
    const shown = printable(concealPayload(text, knownSecrets(config)));
    const payload = {
      at: now,
      reason: refusal.reason,
      text: cut(shown, { bytes: PAYLOAD_BYTES }),
      bytes,
      ...type === undefined ? {} : { type: cut(printable(type), { chars: 200 }) },
    };
    counted.count = { ...counted.count, payloads: newestPayloads([payload, ...counted.count.payloads]) };
    counted.isNew = true;
    this.#storeOne(kind, now);
  }

  /** Store the changes. A failed write is retried at the next call. */
  async store(now: number): Promise<void> {
    const { store: { refusals }, config: { retention: { refused } } } = this.#options;
    if (refused > 0) { for (const kind of this.#counts.keys()) this.#storeOne(kind, now); }
    else if (!this.#isCleared) this.#write(() => refusals.clear());
    this.#isCleared = refused === 0;
    await this.#writing;
  }

  #storeOne(kind: string, now: number): void {
    const counted = this.#counts.get(kind);
    const { store: { refusals }, config: { retention: { refused } } } = this.#options;
    if (!counted?.isNew || refused === 0) return;
    counted.isNew = false;
    counted.isRecorded = true;
    this.#write(async () => {
      try {
        await refusals.set(this.#processAt(now), kind, counted.count, { expireIn: refused });
      } catch (error) {
        counted.isNew = true;
        throw error;
      }
    });
  }

  #write(write: () => Promise<void>): void {
    this.#writing = this.#writing.then(write).catch((error) =>
      reportFailure(this.#options.report, "Cannot store the refused requests yet", error)
    );
  }

  #processAt(now: number): string {
    return this.#process ??= ulid(now);
  }
}

function isKnown({ sender }: SenderRefusal): boolean {
  return sender !== undefined;
}

/** Refusals of one kind, of two processes. */
function together(one: RefusalCount, other: RefusalCount): RefusalCount {
  const last = one.lastAt >= other.lastAt ? one : other;
  return {
    ...last,
    count: one.count + other.count,
    firstAt: Math.min(one.firstAt, other.firstAt),
    payloads: newestPayloads([...one.payloads, ...other.payloads]),
  };
}
