import type { ChannelRegistry } from "../registry.ts";
import { limitsOf } from "../channel.ts";
import type { GroupLookup } from "../group.ts";
import type { Writer } from "../intake/writer.ts";
import type { Queued } from "../record.ts";
import { StoreError } from "../store/errors.ts";
import { type Batch, Choice, type Found, incidentOf } from "./choice.ts";
import { deliver, type DeliverTools, type Permit } from "./deliver.ts";
import { HeldLane, LEASE } from "./held_lane.ts";
import { Results } from "./results.ts";
import { dead } from "./settlement.ts";

/** What the work on a lane needs. */
export interface LaneTools extends DeliverTools {
  /** This courier, among those that share the store. */
  readonly owner: string;
  readonly writer: Writer;
  readonly channels: ChannelRegistry;
  readonly groups: GroupLookup;
  /** Called with a lane that got work from this one. */
  readonly wake: (lane: string) => void;
  /** Called when results are written. */
  readonly changed?: () => void;
  /** Aborted when the relay stops: nothing new is begun. */
  readonly stopping: AbortSignal;
}

/** How the work on a lane ended. `at`: when to come back · `paused`: and not before, whatever rings. */
export type Rest = { readonly kind: "done" } | {
  readonly kind: "wait";
  readonly at: number;
  readonly paused: boolean;
};

/** When to come back to a lane whose work was broken off. */
const BROKEN_OFF_WAIT = 1_000;

/**
 * Deliver what is due in a lane, until nothing is, or all of it has to wait.
 *
 * Owning the lane, not a single delivery, gives order: of one incident at one destination only one delivery is under
 * way, and a later one waits for it.
 */
export async function workOn(name: string, tools: LaneTools): Promise<Rest> {
  const { store, clock, owner } = tools;
  const now = clock.now();
  const lane = await store.outbox.claim(name, { owner, now, until: now + LEASE });
  if ("heldUntil" in lane) return { kind: "wait", at: lane.heldUntil, paused: false };
  const held = new HeldLane(lane, { outbox: store.outbox, clock, exclusive: store.exclusive });
  const work = new LaneWork(held, tools);
  try {
    return await work.run();
  } finally {
    // Also when the store failed in between: whoever takes the lane next must not send what is still under way.
    await work.finish();
    await held.release();
  }
}

class LaneWork {
  readonly #tools: LaneTools;
  readonly #lane: HeldLane;
  readonly #results: Results;
  readonly #permit: Permit;
  /** Deliveries that are being sent, or whose result is being written. */
  readonly #taken = new Set<string>();
  /** What is under way: destination and fingerprint. */
  readonly #busy = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  /** What should never happen, from a message that nobody was waiting for just then. */
  #fault: unknown;

  constructor(lane: HeldLane, tools: LaneTools) {
    const { sendTimeout } = tools;
    this.#lane = lane;
    this.#tools = tools;
    this.#results = new Results(lane, tools);
    this.#permit = {
      obtain: async () => await lane.keepFor(2 * sendTimeout) && !this.#isOver(),
      isValid: () => lane.holdsFor(sendTimeout),
    };
  }

  async run(): Promise<Rest> {
    const { clock, store, sendTimeout } = this.#tools;
    while (!this.#isOver()) {
      if (this.#fault) throw this.#fault;
      const pause = this.#pause();
      if (pause) {
        await this.finish();
        return { kind: "wait", at: pause.until, paused: true };
      }
      // Before the queue: what rings after this is noticed when the lane is given up.
      const bell = await store.outbox.bell(this.#lane.name);
      const { batches, next, isEmpty } = await this.#choose();
      if (batches.length > 0) {
        await this.#start(batches);
      } else if (this.#underWay.size > 0) {
        await Promise.race(this.#underWay);
      } else if (!isEmpty) {
        if (next > clock.now()) return { kind: "wait", at: next, paused: false };
      } else if (await this.#lane.giveUp(bell)) {
        return { kind: "done" };
      }
      await this.#lane.keepFor(2 * sendTimeout);
    }
    return { kind: "wait", at: clock.now() + BROKEN_OFF_WAIT, paused: false };
  }

  /** Wait until nothing is under way, and all results are written. */
  async finish(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.race(this.#underWay);
  }

  #isOver(): boolean {
    return this.#lane.lost || this.#tools.stopping.aborted;
  }

  /** What keeps the whole lane waiting, if anything does. */
  #pause(): { until: number } | undefined {
    const { pause } = this.#lane.record;
    if (!pause || pause.until <= this.#tools.clock.now()) return undefined;
    const refused = pause.destination === undefined ? undefined : this.#find(pause.destination);
    // Somebody changed what was refused: try again.
    return pause.kind === "config" && refused?.destination.configHash !== pause.configHash
      ? undefined
      : pause;
  }

  /** The deliveries that may go now. Those that cannot be sent from here are settled at once. */
  async #choose(): Promise<Choice> {
    const { clock, channels, groups, store } = this.#tools;
    const choice = new Choice({
      now: clock.now(),
      lane: this.#lane.name,
      isTaken: (entry) => this.#taken.has(entry.id) || this.#results.has(entry),
      isBusy: (entry) => this.#busy.has(incidentOf(entry)),
      find: (destination) => this.#find(destination),
      holds: (destination) => groups.holds(destination),
      channelOf: (name) => channels.get(name),
    });
    this.#results.forget();
    await store.outbox.head(this.#lane.name, (entry) => choice.add(entry));
    for (const group of choice.unknown) {
      if (!groups.get(group) && await groups.load(group)) choice.next = clock.now();
    }
    if (choice.homeless.length > 0) {
      // Another instance may know a destination that is news here: nothing dies of old knowledge.
      await groups.refresh();
      const homeless = choice.homeless.filter((one) =>
        "movedTo" in one || !(this.#find(one.entry.destination) || groups.holds(one.entry.destination))
      );
      for (const { entry } of homeless) this.#take(entry);
      await this.#results.write(
        homeless.map((one) => "because" in one ? dead(one.entry, one.because) : one),
      );
      for (const { entry } of homeless) this.#putBack(entry);
      choice.next = clock.now();
    }
    return choice;
  }

  #find(destinationId: string): Found | undefined {
    const group = this.#tools.groups.get(destinationId.slice(0, destinationId.lastIndexOf("/")));
    const destination = group?.destinations.find(({ id }) => id === destinationId);
    return group && destination ? { group, destination } : undefined;
  }

  /** Send messages, as many side by side as the channel likes. */
  async #start(batches: readonly Batch[]): Promise<void> {
    for (const batch of batches) {
      const { parallel = 1 } = limitsOf(batch.channel, batch.destination.config);
      while (this.#underWay.size >= parallel) await Promise.race(this.#underWay);
      if (this.#isOver() || this.#pause()) return;
      batch.entries.forEach((entry) => this.#take(entry));
      const done: Promise<void> = this.#deliver(batch).finally(() => {
        this.#underWay.delete(done);
      });
      this.#underWay.add(done);
    }
  }

  #take(entry: Queued): void {
    this.#taken.add(entry.id);
    this.#busy.add(incidentOf(entry));
  }

  #putBack(entry: Queued): void {
    this.#taken.delete(entry.id);
    this.#busy.delete(incidentOf(entry));
  }

  /** One message, and its results written. */
  async #deliver(batch: Batch): Promise<void> {
    try {
      const { store, clock } = this.#tools;
      const { results, reach } = await deliver(batch, this.#tools, this.#permit);
      await this.#results.write(results);
      // No part of any promise: when it fails, the next message notes it.
      if (reach) await store.recipients.note(reach, clock.now()).catch(() => {});
    } catch (error) {
      if (error instanceof StoreError) await this.#results.pause(); // nothing was sent: the alerts could not be read
      else this.#fault ??= error;
    } finally {
      batch.entries.forEach((entry) => this.#putBack(entry));
    }
  }
}
