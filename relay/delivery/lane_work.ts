import type { Clock } from "../base/clock.ts";
import type { Latch } from "../base/latch.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import { findDestination, type FoundDestination, type GroupLookup } from "../domain/group.ts";
import type { FirstAttemptWaiters } from "../intake/first_attempts.ts";
import type { Writer } from "../intake/writer.ts";
import type { Renderer } from "../message/renderer.ts";
import { CLOCK_SKEW, type Pause, type Refusal } from "../store/lane_record.ts";
import type { Store } from "../store/store.ts";
import { InFlight } from "./in_flight.ts";
import type { LaneLease } from "./lane_lease.ts";
import { inForce } from "./refusals.ts";
import type { Random } from "./retry.ts";
import type { Send } from "./sender.ts";
import { SettlementWriter } from "./settlement_writer.ts";
import { closeAll, type Connections } from "./vendor_call.ts";

/** What delivering works with; the same for every lane. */
export interface DeliveryTools {
  /** This courier, among those that share the store. */
  readonly owner: string;
  readonly store: Store;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly random: Random;
  readonly channels: ChannelRegistry;
  readonly groups: GroupLookup;
  readonly renderer: Renderer;
  readonly send: Send;
  /** Milliseconds that one attempt may take where neither the destination nor its channel says so. */
  readonly sendTimeout: number;
  /** Callers that wait for the first attempts of their deliveries. */
  readonly waiters: FirstAttemptWaiters;
  /** Called with a lane that got work from another one. */
  readonly wake: (lane: string) => void;
  /** Called when results are written. */
  readonly changed?: () => void;
  /** Called when a vendor fell sick, or is well again. */
  readonly healthChanged: () => void;
  /** Called with what should never happen, in words without secrets. */
  readonly report: (words: string) => void;
  /** Aborted when the relay stops: nothing new is begun. */
  readonly stopping: AbortSignal;
  /** Aborted when the relay cannot wait any longer: what is under way is cut off. */
  readonly cutOff: AbortSignal;
}

/** A lane while this courier works on it: what the steps of the pipeline share. */
export class LaneWork {
  readonly lease: LaneLease;
  readonly tools: DeliveryTools;
  /** Set when there is new work in the lane, or a message is no longer in flight. */
  readonly wakeup: Latch;
  readonly inFlight: InFlight;
  readonly settlements: SettlementWriter;
  /** What the channel keeps open from one message to the next. */
  readonly connections: Connections = new Map();
  /** What should never happen, from a message that nobody was waiting for just then. */
  fault: unknown;
  /** By destination: when its vendor is known to have taken a message, where a config is refused. */
  readonly #provenAt = new Map<string, number>();

  constructor(lease: LaneLease, wakeup: Latch, tools: DeliveryTools) {
    this.lease = lease;
    this.tools = tools;
    this.wakeup = wakeup;
    this.inFlight = new InFlight(wakeup);
    this.settlements = new SettlementWriter(lease, tools);
  }

  /** Whether nothing new may begin. */
  get isOver(): boolean {
    return this.lease.lost || this.tools.stopping.aborted;
  }

  /** A test message that has come through since ends the waiting for a config: it was mended at the vendor's. */
  async lookForProof(): Promise<void> {
    for (const { destination } of Object.values(this.lease.record.refused ?? {})) {
      const proof = await this.tools.store.proofs.of(destination);
      if (proof) this.#provenAt.set(destination, proof.at);
    }
  }

  /** What keeps the whole lane waiting, if anything does. */
  pause(): Pause | undefined {
    const { pause } = this.lease.record;
    const now = this.tools.clock.now();
    // One from later than now is of a clock that was set back: nobody knows when it ends.
    return pause && pause.until > now && pause.at <= now + CLOCK_SKEW ? pause : undefined;
  }

  /** The configs that are refused, by their hashes. */
  refusals(): ReadonlyMap<string, Refusal> {
    const now = this.tools.clock.now();
    return inForce(this.lease.record.refused ?? {}, { now, skew: CLOCK_SKEW, provenAt: this.#provenAt });
  }

  /** A destination as the configuration has it now. */
  find(destinationId: string): FoundDestination | undefined {
    return findDestination(destinationId, this.tools.groups);
  }

  /** The payload of deliveries that go to a fallback together, so that they may share a message there. */
  fallbackPayload(now: number): string {
    return `over-${this.lease.name}-${now}`;
  }

  /**
   * End the work: also when the store failed in between, the next holder of the lane must not send what is still in
   * flight.
   */
  async close(): Promise<void> {
    await this.inFlight.drain();
    await closeAll(this.connections);
    await this.lease.release();
  }
}
