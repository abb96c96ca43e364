import type { Clock } from "../base/clock.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import { findDestination, type FoundDestination, type GroupLookup } from "../domain/group.ts";
import type { FirstAttemptWaiters } from "../intake/first_attempts.ts";
import type { Writer } from "../intake/writer.ts";
import type { Renderer } from "../message/renderer.ts";
import type { Queued } from "../domain/record.ts";
import { CLOCK_SKEW, type Pause, type VendorRefusal } from "../store/lane_record.ts";
import type { StoreError } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import { InFlight } from "./in_flight.ts";
import type { Claimed, LaneLease } from "./lane_lease.ts";
import { inForce } from "./refused_configs.ts";
import type { Random } from "./retry.ts";
import type { Send } from "./sender.ts";
import type { SettlementRow } from "./delivery_result.ts";
import { SettlementWriter } from "./settlement_writer.ts";
import { closeAll, type Connections } from "./vendor_call.ts";
import type { Wakeup } from "./wakeup.ts";

/** The dependencies of delivery, shared by all lanes. */
export interface DeliveryTools {
  /** The id of this courier, unique among those that share the store. */
  readonly owner: string;
  readonly store: Store;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly random: Random;
  readonly channels: ChannelRegistry;
  readonly groups: GroupLookup;
  readonly renderer: Renderer;
  readonly send: Send;
  /** The default timeout of an attempt in milliseconds; the destination or its channel may set another. */
  readonly sendTimeout: number;
  /** The start of the relay. */
  readonly startedAt?: number;
  /** Callers that wait for the first attempt of their deliveries. */
  readonly waiters: FirstAttemptWaiters;
  /** Called with a lane that got work from another one. */
  readonly wake: (lane: string) => void;
  /** Called when results of a lane are written. */
  readonly changed?: (rows: readonly SettlementRow[], lane: string) => void;
  /** Called when a vendor starts to fail or recovers. */
  readonly healthChanged: () => void;
  /** Called with an unexpected error, as text without secrets. */
  readonly report: (words: string) => void;
  /** Called when the store fails. */
  readonly storeFailed: (action: string, error: StoreError) => void;
  /** Aborted when the relay stops: no new message is started. */
  readonly stopping: AbortSignal;
  /** Aborted when the grace period ends: messages in flight are cut off. */
  readonly cutOff: AbortSignal;
}

/** A lane while this courier works on it: the state that the steps of the pipeline share. */
export class LaneWork {
  readonly lease: LaneLease;
  readonly tools: DeliveryTools;
  /** Set when the lane gets work, or when a message is no longer in flight. */
  readonly wakeup: Wakeup;
  readonly inFlight: InFlight;
  readonly settlements: SettlementWriter;
  /** Connections that the channel reuses from one message to the next. */
  readonly connections: Connections = new Map();
  readonly #cut = new AbortController();
  /** An unexpected error of a message that was not awaited. */
  fault: unknown;
  /** By destination with a refused config: the time at which its vendor last accepted a message. */
  readonly #provenAt = new Map<string, number>();
  /** The lane's last read bell, and the number of its rings that this instance had noticed by then. */
  #bell: { readonly entry: Deno.KvEntryMaybe<unknown>; readonly rings: number };
  /** All changes of the queue up to this version had landed at the read of the bell. */
  #upTo: string;
  /** The number of additions to the lane at the last read of its queue. */
  #readRings: number;

  constructor({ lease, bell, version }: Claimed, wakeup: Wakeup, tools: DeliveryTools) {
    this.lease = lease;
    this.#bell = { entry: bell, rings: wakeup.rings };
    this.#upTo = later(version, bell.versionstamp);
    this.#readRings = wakeup.rings;
    this.tools = tools;
    this.wakeup = wakeup;
    this.inFlight = new InFlight(wakeup);
    for (const signal of [lease.ended, tools.cutOff]) {
      if (signal.aborted) this.#cutOff();
      signal.addEventListener("abort", this.#cutOff);
    }
    this.settlements = new SettlementWriter(lease, { ...tools, bell: () => this.bell });
  }

  /** Aborted when messages in flight must end: the lease has ended, or the relay's grace period. */
  get cut(): AbortSignal {
    return this.#cut.signal;
  }

  readonly #cutOff = (): void => this.#cut.abort();

  /** Whether no new message may start. */
  get isOver(): boolean {
    return this.lease.ended.aborted || this.tools.stopping.aborted;
  }

  /** The lane's bell, read before the queue; `undefined` if it has certainly rung since. */
  get bell(): Deno.KvEntryMaybe<unknown> | undefined {
    return this.#bell.rings === this.wakeup.rings ? this.#bell.entry : undefined;
  }

  /** Read the lane's bell, and then the queue anew. @throws StoreError */
  async readBell(): Promise<void> {
    const { rings } = this.wakeup;
    const entry = await this.tools.store.outbox.bell(this.lease.name);
    this.#bell = { entry, rings };
    this.#upTo = later(this.#upTo, entry.versionstamp);
  }

  /** Read the deliveries of the lane from the head of its queue. @throws StoreError */
  async readQueue(enough: (entry: Queued) => boolean): Promise<void> {
    const { lease: { name }, tools: { store: { queues } }, wakeup: { rings } } = this;
    if (rings !== this.#readRings) queues.rang(name);
    this.#readRings = rings;
    if (!this.bell && queues.isLong(name)) await this.readBell();
    this.settlements.forget();
    await queues.head(name, enough, this.#upTo);
  }

  /** Look for delivered test messages: one that was accepted since a refusal shows that the config works again. */
  async lookForProof(): Promise<void> {
    for (const { destination } of Object.values(this.lease.record.refused ?? {})) {
      const proof = await this.tools.store.proofs.of(destination);
      if (proof) this.#provenAt.set(destination, proof.at);
    }
  }

  /** The pause of the whole lane, if it is in force. */
  pause(): Pause | undefined {
    const { pause } = this.lease.record;
    const now = this.tools.clock.now();
    // A pause that began in the future means that the clock was set back, so its end is unknown.
    return pause && pause.until > now && pause.at <= now + CLOCK_SKEW ? pause : undefined;
  }

  /** The refused configs, by hash. */
  refusals(): ReadonlyMap<string, VendorRefusal> {
    const now = this.tools.clock.now();
    return inForce(this.lease.record.refused ?? {}, { now, skew: CLOCK_SKEW, provenAt: this.#provenAt });
  }

  /** A destination in the current configuration. */
  find(destinationId: string): FoundDestination | undefined {
    return findDestination(destinationId, this.tools.groups);
  }

  /** The payload of deliveries that go to a fallback together, so that they may share a message there. */
  fallbackPayload(now: number): string {
    return `over-${this.lease.name}-${now}`;
  }

  /**
   * End the work. Waits for messages in flight, even after a failure of the store, so that the next holder of the
   * lane does not send them again.
   */
  async close(): Promise<void> {
    await this.inFlight.drain();
    this.tools.cutOff.removeEventListener("abort", this.#cutOff);
    await closeAll(this.connections);
    await this.lease.release();
  }
}

/** The later of two versions. */
function later(version: string, other: string | null): string {
  return other !== null && other > version ? other : version;
}
