import { decode, encode } from "../base/codec.ts";
import type { Atomic } from "./atomic.ts";
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
  /** A lane as it is stored, where that is certain without reading it. */
  known(name: string): Lane | undefined;
  /** Claim a lane as it was read. @returns the lane, or the time at which to ask again. @throws StoreError */
  claim(lane: Lane, claim: Claim): Promise<Lane | { readonly heldUntil: number }>;
  /** Whether the lane is still ours at a time. */
  holds(lane: Lane, at: number): boolean;
  /** Keep a lane for longer. @returns `undefined` when it was lost. @throws StoreError */
  renew(lane: Lane, until: number): Promise<Lane | undefined>;
  /** Let others claim the lane. @throws StoreError */
  release(lane: Lane): Promise<void>;
  /** A lane's record is about to be written by other means than `write`. */
  forget(name: string): void;
  /** Have an atomic fail when the lane was lost. */
  check(atomic: Atomic, lane: Lane): void;
  /**
   * Write a lane's record, and what `add` adds, while the lane is ours.
   *
   * @returns the lane as it is now; `undefined` when it was lost and nothing was written. @throws StoreError
   */
  write(
    lane: Lane,
    record: LaneRecord,
    add?: (atomic: Atomic) => void,
  ): Promise<Lane | undefined>;
}

/** Lanes that are remembered, at most. */
const REMEMBERED = 1_000;

/**
 * On a local file every lane is this process's: whatever owner is written belongs to a process that is gone. Nobody else
 * writes a lane's record, so what was read or written last is how it is stored.
 */
export class NoLeases implements LaneLeases {
  readonly #kv: DatabaseView;
  readonly #lanes = new Map<string, Lane>();

  constructor(kv: DatabaseView) {
    this.#kv = kv;
  }

  known(name: string): Lane | undefined {
    return this.#lanes.get(name);
  }

  claim(lane: Lane): Promise<Lane> {
    return Promise.resolve(this.#remember(lane));
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

  forget(name: string): void {
    this.#lanes.delete(name);
  }

  check(): void {}

  async write(lane: Lane, record: LaneRecord, add?: (atomic: Atomic) => void): Promise<Lane> {
    const atomic = this.#kv.atomic();
    add?.(atomic);
    if (record !== lane.record) {
      this.forget(lane.name); // until it is known to have landed
      atomic.set(laneKey(lane.name), encode(record));
    }
    const result = await this.#kv.commit(atomic);
    if (!result.ok) throw new Error("Cannot write a lane: a commit without checks was refused");
    return this.#remember({ name: lane.name, record, versionstamp: result.versionstamp });
  }

  #remember(lane: Lane): Lane {
    this.#lanes.delete(lane.name);
    this.#lanes.set(lane.name, lane);
    const [oldest] = this.#lanes.keys();
    if (this.#lanes.size > REMEMBERED && oldest !== undefined) this.forget(oldest);
    return lane;
  }
}

/** On a shared database a lane is leased: another instance takes over once a lease has run out. */
export class SharedLeases implements LaneLeases {
  readonly #kv: DatabaseView;

  constructor(kv: DatabaseView) {
    this.#kv = kv;
  }

  known(): undefined {}

  forget(): void {}

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

  check(atomic: Atomic, { name, versionstamp }: Lane): void {
    atomic.check({ key: laneKey(name), versionstamp });
  }

  /** It is known to have landed even when the answer is lost. */
  async write(
    lane: Lane,
    record: LaneRecord,
    add?: (atomic: Atomic) => void,
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
