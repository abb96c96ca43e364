import { decode, encode } from "../base/codec.ts";
import type { Atomic } from "./atomic.ts";
import type { DatabaseView } from "./database.ts";
import { bellKey, laneKey } from "./keys.ts";
import { CLOCK_SKEW, type LaneRecord, laneRecordOf, type LaneState, stateOf } from "./lane_record.ts";

/** A lane that this process works on. */
export interface Lane {
  readonly name: string;
  /** The stored record, but with the wanted lease. */
  readonly record: LaneRecord;
  readonly versionstamp: string | null;
  /** `wanted`: the first write takes it · `left`: the queue was empty, and the bell is removed. */
  readonly lease: "wanted" | "held" | "left";
}

/** The owner of a claim, its time, and its end. */
export interface Claim {
  readonly owner: string;
  readonly now: number;
  readonly until: number;
}

/** The content of one atomic write to a lane. */
export interface LaneWrite {
  /** The new state; default: unchanged. */
  readonly state?: LaneState | undefined;
  /** The end of the lease. */
  readonly until: number;
  /** Add further writes; called for each attempt. */
  readonly add?: (atomic: Atomic) => void;
  /** Set to leave the lane in the same atomic. */
  readonly leave?: LeaveLane | undefined;
  /** Whether this may follow an earlier write of this owner that landed without an answer, because that one was a renewal. */
  readonly mayFollow?: boolean;
}

/** The options of leaving a lane. */
export interface LeaveLane {
  /** The bell, read before the queue was found empty: leaving fails if it has rung since. */
  readonly bell: Deno.KvEntryMaybe<unknown>;
  /** The state that remains relevant. */
  readonly state: LaneState;
  /** The time that it remains relevant, in milliseconds; 0 = not at all. */
  readonly lifetime: number;
}

/** The outcome of a write: the current lane. Nothing was written when it was `lost`, or when its bell `rang`. */
export type LaneWritten = Lane | "lost" | "rang";

/** The right to work on a lane. */
export interface LaneLeases {
  /** The stored lane, if it is certain without a read. */
  known(name: string): Lane | undefined;
  /** Claim a lane as it was read. @returns the lane, or the time at which to ask again */
  claim(lane: Lane, claim: Claim): Lane | { readonly heldUntil: number };
  /** Whether the lane is still ours at a time. */
  holds(lane: Lane, at: number): boolean;
  /** Write to a lane while it is ours. @throws StoreError when it is not known to have landed */
  write(lane: Lane, write: LaneWrite): Promise<LaneWritten>;
  /** Let others claim the lane. @throws StoreError */
  release(lane: Lane): Promise<void>;
}

/** The most remembered lanes. */
const REMEMBERED = 1_000;

/**
 * On a local file every lane belongs to this process: any stored owner is a process that has ended. Only this process
 * writes a lane's record, so its last read or write is the stored state.
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

  claim(lane: Lane): Lane {
    return this.#remember({ ...lane, record: stateOf(lane.record), lease: "held" });
  }

  holds(): boolean {
    return true;
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  async write(lane: Lane, { state, add, leave }: LaneWrite): Promise<Lane | "rang"> {
    const { name, record } = lane;
    const atomic = this.#kv.atomic();
    add?.(atomic);
    if (state || leave) this.#lanes.delete(name); // until it is known to have landed
    if (leave) setLeft(atomic, name, leave);
    else if (state) atomic.set(laneKey(name), encode(state));
    const { ok } = await this.#kv.commit(atomic);
    if (leave) return ok ? { ...lane, lease: "left" } : "rang";
    if (!ok) throw new Error("Cannot write a lane: a commit without checks was refused");
    return this.#remember({ ...lane, record: state ?? record });
  }

  #remember(lane: Lane): Lane {
    this.#lanes.delete(lane.name);
    this.#lanes.set(lane.name, lane);
    const [oldest] = this.#lanes.keys();
    if (this.#lanes.size > REMEMBERED && oldest !== undefined) this.#lanes.delete(oldest);
    return lane;
  }
}

/** The time that the token of a left lane's last write is stored, in milliseconds: until its outcome is certain. */
const TOKEN_MS = 60_000;

/** On a shared database a lane is leased: another instance takes over once a lease has run out. */
export class SharedLeases implements LaneLeases {
  readonly #kv: DatabaseView;

  constructor(kv: DatabaseView) {
    this.#kv = kv;
  }

  known(): undefined {}

  claim(lane: Lane, { owner, now, until }: Claim): Lane | { readonly heldUntil: number } {
    const { record } = lane;
    const heldUntil = (record.until ?? 0) + CLOCK_SKEW;
    if (record.owner !== undefined && record.owner !== owner && heldUntil > now) return { heldUntil };
    return { ...lane, record: { ...record, owner, until }, lease: "wanted" };
  }

  holds({ lease, record: { until } }: Lane, at: number): boolean {
    return lease === "held" && until !== undefined && until > at;
  }

  async release({ name, record, versionstamp, lease }: Lane): Promise<void> {
    if (lease !== "held") return;
    const atomic = this.#kv.atomic().check({ key: laneKey(name), versionstamp });
    await this.#kv.commit(atomic.set(laneKey(name), encode(stateOf(record))));
  }

  /** With the token in the record, a landed write is recognised even when its answer is lost. */
  async write(lane: Lane, write: LaneWrite): Promise<LaneWritten> {
    const { name, versionstamp, record: { owner } } = lane;
    const { state = stateOf(lane.record), until, add, leave, mayFollow = false } = write;
    const token = crypto.randomUUID();
    const record = { ...state, owner, until, token } as LaneRecord;
    const lease = leave ? "left" : "held";
    const atomic = this.#kv.atomic().check({ key: laneKey(name), versionstamp });
    add?.(atomic);
    if (leave) setLeft(atomic, name, leave, { token });
    else atomic.set(laneKey(name), encode(record));
    let failure: unknown;
    try {
      const result = await this.#kv.commit(atomic);
      if (result.ok) return { name, record, versionstamp: result.versionstamp, lease };
    } catch (error) {
      failure = error;
    }
    const { value, versionstamp: newest } = await this.#kv.entry(laneKey(name));
    const stored = value === null ? undefined : laneRecordOf(decode(value));
    if (stored?.token === token) return { name, record, versionstamp: newest, lease };
    if (newest === versionstamp) {
      if (failure) throw failure; // it may still land
      return leave ? "rang" : "lost";
    }
    return mayFollow && stored?.owner === owner
      ? await this.write({ ...lane, versionstamp: newest }, { ...write, mayFollow: false })
      : "lost";
  }
}

/** Add the leaving of a lane to an atomic: its bell is removed, and the relevant part of its state remains. */
function setLeft(
  atomic: Atomic,
  name: string,
  { bell, state, lifetime }: LeaveLane,
  { token }: { token?: string } = {},
): void {
  atomic.check(bell).delete(bellKey(name));
  const expireIn = token === undefined ? lifetime : Math.max(lifetime, TOKEN_MS);
  const record: LaneRecord = token === undefined ? state : { ...state, token };
  if (expireIn === 0) atomic.delete(laneKey(name));
  else atomic.set(laneKey(name), encode(record), expireIn === Infinity ? {} : { expireIn });
}
