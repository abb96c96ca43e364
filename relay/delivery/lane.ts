import type { ChannelRegistry } from "../channel/registry.ts";
import { limitsOf } from "../channel/options.ts";
import { findDestination, type GroupLookup } from "../domain/group.ts";
import type { Writer } from "../intake/writer.ts";
import type { Queued } from "../domain/record.ts";
import { StoreError } from "../store/errors.ts";
import { digestsOf, type Pause, type Refusal, sicknessOf } from "../store/lane_record.ts";
import { CLOCK_SKEW } from "../store/outbox.ts";
import { answerBehind } from "./behind.ts";
import { type Batch, Choice, type Found, incidentOf, isHeldBack, type Refused } from "./choice.ts";
import { deliver, type DeliverTools } from "./deliver.ts";
import { fallOver, insteadOfRefused, type Obstacle, withFallback } from "./fallback.ts";
import { HeldLane, LEASE } from "./held_lane.ts";
import { disposeAll } from "./kept.ts";
import { type Permit, permitFor } from "./permit.ts";
import { COMPANY_WAIT, Results } from "./results.ts";
import { inForce } from "./refusals.ts";
import { isRecovering, patienceOf } from "./retry.ts";
import { dead, overtaken, type Result } from "./settlement.ts";
import { Signal } from "./signal.ts";
import { share } from "./share.ts";
import { turn } from "./turn.ts";

/** What the work on a lane needs. */
export interface LaneTools extends Omit<DeliverTools, "kept"> {
  /** This courier, among those that share the store. */
  readonly owner: string;
  readonly writer: Writer;
  readonly channels: ChannelRegistry;
  readonly groups: GroupLookup;
  /** Called with a lane that got work from this one. */
  readonly wake: (lane: string) => void;
  /** Given when the lane got work while it is worked on. */
  readonly news: Signal;
  /** Called when results are written. */
  readonly changed?: () => void;
  /** Called with what should never happen, in words without secrets. */
  readonly report: (words: string) => void;
  /** Called when a vendor fell sick, or is well again. */
  readonly healthChanged: () => void;
  /** Aborted when the relay stops: nothing new is begun. */
  readonly stopping: AbortSignal;
}

/** How the work on a lane ended. `at`: when to come back · `deafUntil`: not before that, whatever rings. */
export type Rest = { readonly kind: "done" } | {
  readonly kind: "wait";
  readonly at: number;
  readonly deafUntil?: number;
};

/** A lane whose vendor takes nothing now looks at new work no more often than this: there may be a way round. */
const GLANCE = 250;

/** No more often than this when nothing of what waits there has one. */
const LONG_GLANCE = 60_000;

/** Deliveries that were made and whose records are not written: a crash sends no more of them again. */
const MOST_UNWRITTEN = 300;

/** Up to this many deliveries that wait for a config to be fixed, the queue is read again with each new alert. */
const SHORT_QUEUE = 100;

/** A longer queue is not read again for this many milliseconds per waiting delivery; reading one takes a twentieth of that. */
const PAUSE_PER_DELIVERY = 0.1;

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
  if ("heldUntil" in lane) return { kind: "wait", at: lane.heldUntil };
  const held = new HeldLane(lane, { outbox: store.outbox, clock, exclusive: store.exclusive });
  const work = new LaneWork(held, tools);
  try {
    return await work.run();
  } finally {
    // Also when the store failed in between: the next holder of the lane must not send what is still under way.
    await work.finish();
    await work.close();
    await held.release();
  }
}

class LaneWork {
  readonly #tools: LaneTools & DeliverTools;
  readonly #lane: HeldLane;
  readonly #results: Results;
  /** Deliveries that are being sent, or whose result is being written. */
  readonly #taken = new Set<string>();
  /** What is under way: destination and fingerprint. */
  readonly #busy = new Set<string>();
  #underWay = 0;
  /** What was sent, and is not done with: it is under way, or its results are being written. */
  #open = 0;
  /** Given when something of that changes. */
  readonly #news: Signal;
  /** Whether a delivery was seen whose destination has a fallback; `undefined` while none was seen at all. */
  #hasFallback: boolean | undefined;
  /** By destination: when its vendor is known to have taken a message, where a config is refused. */
  readonly #provenAt = new Map<string, number>();
  /** The refused configs that are being tried, by their hashes. */
  readonly #probing = new Set<string>();
  /** What should never happen, from a message that nobody was waiting for just then. */
  #fault: unknown;

  constructor(lane: HeldLane, tools: LaneTools) {
    this.#lane = lane;
    this.#tools = { ...tools, kept: new Map() };
    this.#news = tools.news;
    this.#results = new Results(lane, tools);
  }

  async run(): Promise<Rest> {
    const { clock, store } = this.#tools;
    await this.#lookForProof();
    let bell: Deno.KvEntryMaybe<unknown> | undefined;
    while (!this.#isOver()) {
      if (this.#fault) throw this.#fault;
      const pause = this.#pause();
      if (pause) {
        await this.finish();
        if (await this.#fallOver(pause.until, pause)) continue;
        // What comes next may have a fallback that what waits has not.
        const deaf = this.#hasFallback === false ? LONG_GLANCE : GLANCE;
        return { kind: "wait", at: pause.until, deafUntil: Math.min(pause.until, clock.now() + deaf) };
      }
      this.#news.clear();
      const choice = await this.#choose();
      const now = clock.now();
      const { batches, at, waiting } = turn(choice, this.#lane.record, {
        now,
        sending: this.#underWay,
        isProbing: (configHash) => this.#probing.has(configHash),
      });
      if (!choice.isEmpty) bell = undefined;
      if (batches.length > 0) {
        await this.#start(share(batches, { underWay: this.#underWay }));
      } else if (this.#open > 0) {
        await this.#news.wait();
      } else if (!choice.isEmpty) {
        const full = { because: "as many messages were sent as it takes", at: now };
        if (waiting && await this.#fallOver(at, full)) continue;
        if (at <= now) continue;
        const isLong = choice.waitingForConfig > SHORT_QUEUE;
        if (!waiting && !isLong) return { kind: "wait", at };
        const deaf = Math.max(GLANCE, isLong ? choice.waitingForConfig * PAUSE_PER_DELIVERY : 0);
        return { kind: "wait", at, deafUntil: Math.min(at, now + deaf) };
      } else if (!bell) {
        await this.#news.wait(COMPANY_WAIT); // to leave takes a commit, and the next alert may be on its way
        // Before the last look into the queue: what rings after this is noticed when the lane is given up.
        bell = await store.outbox.bell(this.#lane.name);
      } else if (await this.#lane.giveUp(bell)) {
        return { kind: "done" };
      } else bell = undefined;
      await this.#lane.keepFor(LEASE / 2);
    }
    return { kind: "wait", at: clock.now() + BROKEN_OFF_WAIT };
  }

  /** Wait until nothing is under way, and all results are written. */
  async finish(): Promise<void> {
    while (this.#open > 0) await this.#news.wait();
  }

  /** Close what the channel has kept open. */
  async close(): Promise<void> {
    await disposeAll(this.#tools.kept);
  }

  #isOver(): boolean {
    return this.#lane.lost || this.#tools.stopping.aborted;
  }

  /** A test message that has come through since ends the waiting for a config: it was mended at the vendor's. */
  async #lookForProof(): Promise<void> {
    for (const { destination } of Object.values(this.#lane.record.refused ?? {})) {
      const proof = await this.#tools.store.proofs.of(destination);
      if (proof) this.#provenAt.set(destination, proof.at);
    }
  }

  /** What keeps the whole lane waiting, if anything does. */
  #pause(): Pause | undefined {
    const { pause } = this.#lane.record;
    const now = this.#tools.clock.now();
    // One from later than now is of a clock that was set back: nobody knows when it ends.
    return pause && pause.until > now && pause.at <= now + CLOCK_SKEW ? pause : undefined;
  }

  /** The configs that are refused, by their hashes. */
  #refusals(): ReadonlyMap<string, Refusal> {
    const now = this.#tools.clock.now();
    return inForce(this.#lane.record.refused ?? {}, { now, skew: CLOCK_SKEW, provenAt: this.#provenAt });
  }

  /** The deliveries that may go now. Those that cannot be sent from here are settled at once. */
  async #choose(): Promise<Choice> {
    const { clock, channels, groups, store, watchers } = this.#tools;
    const { record } = this.#lane;
    const choice = new Choice({
      now: clock.now(),
      lane: this.#lane.name,
      isTaken: (entry) => this.#taken.has(entry.id) || this.#results.has(entry),
      isBusy: (entry) => this.#busy.has(incidentOf(entry)),
      isAwaited: ({ id }) => watchers.isAwaited(id),
      find: (destination) => this.#find(destination),
      holds: (destination) => groups.holds(destination),
      channelOf: (name) => channels.get(name),
      folding: digestsOf(record).length > 0 || isRecovering(record),
      digests: digestsOf(record),
      refusals: this.#refusals(),
      recoveredAt: record.recoveredAt,
    });
    this.#results.forget();
    await store.outbox.head(this.#lane.name, (entry) => choice.add(entry));
    await answerBehind(choice.behind, { outbox: store.outbox, watchers });
    for (const group of choice.unknown) {
      if (!groups.get(group) && await groups.load(group)) choice.next = clock.now();
    }
    if (choice.unroutable.length > 0) {
      // Another instance may have added the destination: read the configuration again before anything dies.
      await groups.refresh();
      const unroutable = choice.unroutable.filter((one) =>
        "movedTo" in one || !(this.#find(one.entry.destination) || groups.holds(one.entry.destination))
      );
      for (const { entry } of unroutable) this.#take(entry);
      await this.#results.write(
        unroutable.map((one) => "because" in one ? dead(one.entry, one.because) : one),
      );
      for (const { entry } of unroutable) this.#putBack(entry);
      choice.next = clock.now();
    }
    if (await this.#handOver(choice.refused)) choice.next = clock.now();
    // A lost lane cannot write, so its queue would return the same deliveries forever.
    if (choice.overtaken.length === 0 || this.#isOver()) return choice;
    await this.#results.write(choice.overtaken.map(overtaken));
    return await this.#choose();
  }

  /** What is for a refused config goes to its fallback, or is dead after a day. @returns whether there was anything. */
  async #handOver(refused: readonly Refused[]): Promise<boolean> {
    const now = this.#tools.clock.now();
    const together = `over-${this.#lane.name}-${now}`;
    const results = refused.flatMap((one) => insteadOfRefused(one, { now, together }) ?? []);
    if (results.length > 0) await this.#results.write(results);
    return results.length > 0;
  }

  #find(destinationId: string): Found | undefined {
    return findDestination(destinationId, this.#tools.groups);
  }

  /**
   * Hand over what would have to wait for too long: it is known that nothing goes until `until`.
   *
   * @returns whether there was anything.
   */
  async #fallOver(until: number, obstacle: Obstacle): Promise<boolean> {
    const { clock, store } = this.#tools;
    const now = clock.now();
    const together = `over-${this.#lane.name}-${now}`;
    const results: Result[] = [];
    this.#results.forget();
    await store.outbox.head(this.#lane.name, (entry) => {
      const found = this.#find(entry.destination);
      // Who is not to be woken is not woken by a fallback either.
      if (!found || this.#isUnderWay(entry) || isHeldBack(entry, now)) return false;
      const patience = patienceOf(entry, found);
      this.#hasFallback ||= patience < Infinity;
      const fallen = patience < until ? fallOver(entry, found, { ...obstacle, now, together }) : undefined;
      if (fallen) {
        results.push({ entry, fate: { state: "dead", because: fallen.because }, over: fallen.over });
      }
      return results.length >= 200;
    });
    if (results.length === 0) return false;
    await this.#results.write(results);
    return true;
  }

  /** Send messages, as many side by side as the channel likes. */
  async #start(batches: readonly Batch[]): Promise<void> {
    for (const batch of batches) {
      const { parallel = 1 } = limitsOf(batch.channel, batch.destination.config);
      while (this.#underWay >= parallel || this.#results.size > MOST_UNWRITTEN) await this.#news.wait();
      if (this.#isOver() || this.#pause()) return;
      // Refused since it was chosen, by a message that went before it.
      if ((this.#refusals().get(batch.destination.configHash)?.until ?? 0) > this.#tools.clock.now()) {
        continue;
      }
      batch.entries.forEach((entry) => this.#take(entry));
      // Awaited here, and not with the message: whose turn is next depends on what is spent.
      const permit = await this.#permit(batch).catch(async (error) => {
        if (!(error instanceof StoreError)) throw error;
        await this.#results.pause();
      });
      if (!permit) return batch.entries.forEach((entry) => this.#putBack(entry));
      void this.#deliver(batch, permit);
    }
  }

  #permit(batch: Batch): Promise<Permit | undefined> {
    const { clock, sendTimeout, store } = this.#tools;
    return permitFor(batch, {
      lane: this.#lane,
      clock,
      timeout: batch.destination.timeout ?? sendTimeout,
      skew: store.exclusive ? 0 : CLOCK_SKEW,
      isOver: () => this.#isOver(),
    });
  }

  #isUnderWay(entry: Queued): boolean {
    return this.#taken.has(entry.id) || this.#results.has(entry) || this.#busy.has(incidentOf(entry));
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
  async #deliver(batch: Batch, permit: Permit): Promise<void> {
    const { configHash } = batch.destination;
    if (batch.refusal) this.#probing.add(configHash);
    this.#open++;
    this.#underWay++;
    let isUnderWay = true;
    const arrived = (): void => {
      if (isUnderWay) this.#underWay--;
      isUnderWay = false;
      this.#news.give();
    };
    try {
      const { store, clock } = this.#tools;
      const { results, reach } = await deliver(batch, this.#tools, permit);
      const now = clock.now();
      const together = `over-${this.#lane.name}-${now}`;
      const wasSick = sicknessOf(this.#lane.record, configHash) !== undefined;
      // What teaches the lane nothing makes way for the next one at once.
      const inCompany = this.#isUneventful(batch, results);
      if (inCompany) arrived();
      await this.#results.write(
        results.map((result) => withFallback(result, batch, { now, together })),
        { inCompany },
      );
      if ((sicknessOf(this.#lane.record, configHash) !== undefined) !== wasSick) this.#tools.healthChanged();
      // No part of any promise: when it fails, the next message notes it.
      if (reach) await store.recipients.note(reach, now).catch(() => {});
    } catch (error) {
      if (error instanceof StoreError) await this.#results.pause(); // nothing was sent: the alerts could not be read
      else this.#fault ??= error;
    } finally {
      batch.entries.forEach((entry) => this.#putBack(entry));
      if (batch.refusal) this.#probing.delete(configHash);
      this.#open--;
      arrived();
    }
  }

  /** Whether a healthy vendor without a budget took a message as it always does. */
  #isUneventful({ rates, digest, refusal }: Batch, results: readonly Result[]): boolean {
    const { failures, pause, sick } = this.#lane.record;
    return rates.length === 0 && !digest && !refusal && failures === 0 && !pause && !sick &&
      results.length > 0 &&
      results.every((result) => "fate" in result && result.fate.state === "delivered");
  }
}
