import { decode, encode } from "../base/codec.ts";
import type { DatabaseView } from "./database.ts";
import { laneKey } from "./keys.ts";
import { CLOCK_SKEW, type LaneRecord, laneRecordOf, stateOf } from "./lane_record.ts";

/** A lane that this process works on. */
export interface Lane {
  readonly name: string;
  readonly record: LaneRecord;
  readonly versionstamp: string | null;
}

/** Who claims a lane, when, and until when. */
export interface Claim {
  readonly owner: string;
  readonly now: number;
  readonly until: number;
}

/** The right to work on a lane. */
export interface LaneLeases {
  /** Claim a lane as it was read. @returns the lane, or the time at which to ask again. @throws StoreError */
  claim(lane: Lane, claim: Claim): Promise<Lane | { readonly heldUntil: number }>;
  /** Whether the lane is still ours at a time. */
  holds(lane: Lane, at: number): boolean;
  /** Keep a lane for longer. @returns `undefined` when it was lost. @throws StoreError */
  renew(lane: Lane, until: number): Promise<Lane | undefined>;
  /** Let others claim the lane. @throws StoreError */
  release(lane: Lane): Promise<void>;
  /** Have an atomic fail when the lane was lost. */
  check(atomic: Deno.AtomicOperation, lane: Lane): void;
  /**
   * Write a lane's record, and what `add` adds, while the lane is ours.
   *
   * @returns the lane as it is now; `undefined` when it was lost and nothing was written. @throws StoreError
   */
  write(
    lane: Lane,
    record: LaneRecord,
    add?: (atomic: Deno.AtomicOperation) => void,
  ): Promise<Lane | undefined>;
}

/** On a local file every lane is this process's: whatever owner is written belongs to a process that is gone. */
export class NoLeases implements LaneLeases {
  readonly #kv: DatabaseView;

  constructor(kv: DatabaseView) {
    this.#kv = kv;
  }

  claim(lane: Lane): Promise<Lane> {
    return Promise.resolve(lane);
  }

  holds(): boolean {
    return true;
  }

  renew(lane: Lane): Promise<Lane> {
    return Promise.resolve(lane);
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  check(): void {}

  async write(lane: Lane, record: LaneRecord, add?: (atomic: Deno.AtomicOperation) => void): Promise<Lane> {
    const atomic = this.#kv.atomic();
    add?.(atomic);
    if (record !== lane.record) atomic.set(laneKey(lane.name), encode(record));
    const result = await this.#kv.commit(atomic);
    if (!result.ok) throw new Error("Cannot write a lane: a commit without checks was refused");
    return { name: lane.name, record, versionstamp: result.versionstamp };
  }
}

/** On a shared database a lane is leased: another instance takes over once a lease has run out. */
export class SharedLeases implements LaneLeases {
  readonly #kv: DatabaseView;

  constructor(kv: DatabaseView) {
    this.#kv = kv;
  }

  async claim(lane: Lane, { owner, now, until }: Claim): Promise<Lane | { readonly heldUntil: number }> {
    const { record } = lane;
    const heldUntil = (record.until ?? 0) + CLOCK_SKEW;
    if (record.owner !== undefined && record.owner !== owner && heldUntil > now) return { heldUntil };
    return await this.write(lane, { ...record, owner, until }) ?? { heldUntil: now + 1_000 };
  }

  holds({ record: { until } }: Lane, at: number): boolean {
    return until !== undefined && until > at;
  }

  async renew(lane: Lane, until: number): Promise<Lane | undefined> {
    return await this.write(lane, { ...lane.record, until });
  }

  async release(lane: Lane): Promise<void> {
    await this.write(lane, stateOf(lane.record));
  }

  check(atomic: Deno.AtomicOperation, { name, versionstamp }: Lane): void {
    atomic.check({ key: laneKey(name), versionstamp });
  }

  /** It is known to have landed even when the answer is lost. */
  async write(
    lane: Lane,
    record: LaneRecord,
    add?: (atomic: Deno.AtomicOperation) => void,
  ): Promise<Lane | undefined> {
    const { name } = lane;
    const signed: LaneRecord = { ...record, token: crypto.randomUUID() };
    const atomic = this.#kv.atomic();
    add?.(atomic);
    this.check(atomic, lane);
    atomic.set(laneKey(name), encode(signed));
    try {
      const result = await this.#kv.commit(atomic);
      if (result.ok) return { name, record: signed, versionstamp: result.versionstamp };
    } catch {
      // The answer is in doubt: the record itself says whether it landed.
    }
    const { value, versionstamp } = await this.#kv.entry(laneKey(name));
    const landed = value !== null && laneRecordOf(decode(value)).token === signed.token;
    return landed ? { name, record: signed, versionstamp } : undefined;
  }
}
