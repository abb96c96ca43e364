import type { Alert } from "../alert.ts";
import { type AttemptOptions, prepare } from "./attempt.ts";
import { formOf, limitsOf, type Member, retry, type Verdict } from "../channel.ts";
import { type Batch, Choice, type Found, incidentOf } from "./choice.ts";
import type { Clock } from "../clock.ts";
import type { Destination, GroupLookup } from "../group.ts";
import { sha256Hex } from "../hash.ts";
import { HeldLane, LEASE } from "./held_lane.ts";
import { type Attempt, type Delivery, isWhole, type Queued } from "../record.ts";
import { redact } from "./redact.ts";
import type { ChannelRegistry } from "../registry.ts";
import { type Entry, render } from "../message/render.ts";
import { fateOf, type Random } from "./retry.ts";
import type { Send } from "./sender.ts";
import { deliveryAfter, firstTryOf, laneAfterAll, type Result, takeForCommit } from "./settlement.ts";
import { StoreError } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import type { Templates } from "../message/templates.ts";
import type { Watchers } from "../intake/watch.ts";
import type { Writer } from "../intake/writer.ts";

/** What the work on a lane needs. */
export interface LaneTools {
  readonly store: Store;
  /** This courier, among those that share the store. */
  readonly owner: string;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly random: Random;
  readonly send: Send;
  /** Milliseconds that one send may take at most. */
  readonly sendTimeout: number;
  readonly channels: ChannelRegistry;
  readonly groups: GroupLookup;
  readonly templates: Templates;
  readonly rewrite: (url: string) => string | undefined;
  /** Those who wait for the first try of their deliveries. */
  readonly watchers: Watchers;
  /** Called with a lane that got work from this one. */
  readonly wake: (lane: string) => void;
  /** Aborted when the relay stops: nothing new is begun. */
  readonly stopping: AbortSignal;
  /** Aborted when the relay cannot wait any longer: what is under way is cut off. */
  readonly cutOff: AbortSignal;
}

/** How the work on a lane ended. `at`: when to come back · `paused`: and not before, whatever rings. */
export type Rest = { readonly kind: "done" } | {
  readonly kind: "wait";
  readonly at: number;
  readonly paused: boolean;
};

/** How long to wait when the store cannot take a result. */
const STORE_WAIT = 1_000;

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
  try {
    return await new LaneWork(held, tools).run();
  } finally {
    await held.release();
  }
}

class LaneWork {
  readonly #tools: LaneTools;
  readonly #lane: HeldLane;
  /** Deliveries that are being sent, or whose result is being written. */
  readonly #taken = new Set<string>();
  /** Settled since the last reading of the queue began: that reading may still show them. */
  readonly #settled = new Set<string>();
  /** What is under way: destination and fingerprint. */
  readonly #busy = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  #results: Result[] = [];
  #writing: Promise<void> | undefined;

  constructor(lane: HeldLane, tools: LaneTools) {
    this.#lane = lane;
    this.#tools = tools;
  }

  async run(): Promise<Rest> {
    const { clock, store, sendTimeout } = this.#tools;
    while (!this.#isOver()) {
      const pause = this.#pause();
      if (pause) {
        await this.#finishAll();
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
    await this.#finishAll();
    return { kind: "wait", at: clock.now() + STORE_WAIT, paused: false };
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
      isTaken: ({ id }) => this.#taken.has(id) || this.#settled.has(id),
      isBusy: (entry) => this.#busy.has(incidentOf(entry)),
      find: (destination) => this.#find(destination),
      channelOf: (name) => channels.get(name),
    });
    this.#settled.clear();
    await store.outbox.head(this.#lane.name, (entry) => choice.add(entry));
    for (const group of choice.unknown) {
      if (!groups.get(group) && await groups.load(group)) choice.next = clock.now();
    }
    if (choice.homeless.length > 0) {
      for (const homeless of choice.homeless) {
        const { entry } = homeless;
        this.#take(entry);
        this.#results.push("because" in homeless ? dead(entry, homeless.because) : homeless);
      }
      await this.#write();
      for (const { entry } of choice.homeless) this.#putBack(entry);
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

  /** One message, and its result written. Whatever goes wrong in our own house is a `retry`, never a lost delivery. */
  async #deliver(batch: Batch): Promise<void> {
    try {
      await this.#send(batch);
    } catch (error) {
      if (error instanceof StoreError) {
        await this.#waitForStore();
      } else {
        const because = `the relay failed: ${redact(String(error), batch.destination.secrets)}`;
        const attempt: Attempt = { at: this.#tools.clock.now(), ms: 0, verdict: "retry", because };
        this.#judge(batch.entries, batch.destination, { verdict: retry(because), attempt });
        await this.#write();
      }
    } finally {
      batch.entries.forEach((entry) => this.#putBack(entry));
    }
  }

  async #send({ destination, group, channel, entries }: Batch): Promise<void> {
    const { clock, templates, rewrite, sendTimeout, store, send, cutOff } = this.#tools;
    const told: { queued: Queued; entry: Entry }[] = [];
    for (const queued of entries) {
      const alert = await this.#alertOf(queued);
      if (alert) told.push({ queued, entry: { ...queued, alertId: queued.alert, alert } });
      else this.#results.push(dead(queued, "the alert's record is gone"));
    }
    if (told.length === 0) return await this.#write();

    const { message, count, problem } = render(told.map(({ entry }) => entry), {
      group,
      form: formOf(channel, destination.config),
      limits: limitsOf(channel, destination.config),
      templates,
      rewrite,
      messageId,
      plain: told[0]!.queued.plain,
    });
    const now = (): number => clock.now();
    const options: AttemptOptions = {
      channel,
      destination,
      send,
      caches: store.caches,
      now,
      timeout: sendTimeout,
      signal: cutOff,
    };
    const ready = await prepare(message, options);
    if (!(await this.#lane.keepFor(2 * sendTimeout)) || this.#isOver()) return;
    // No await between this look at the clock and the send: a courier that was held up must not send after another one.
    if (!this.#lane.holdsFor(sendTimeout)) return;
    const tried = await ready();
    if ("stopped" in tried) return;

    const attempt: Attempt = {
      ...tried.attempt,
      ...problem === undefined ? {} : { problem },
      ...count > 1 ? { together: count } : {},
    };
    this.#judge(told.slice(0, count).map(({ queued }) => queued), destination, { ...tried, attempt });
    await this.#write();
    await this.#noteRecipients(destination, message.recipients, tried.verdict);
  }

  /** For the list of members that cannot be reached. It is no part of any promise: when it fails, the next message notes it. */
  async #noteRecipients(
    { channel, id: destination }: Destination,
    recipients: readonly Member[],
    verdict: Verdict,
  ): Promise<void> {
    const { kind, because } = verdict;
    const failed = "failed" in verdict ? verdict.failed ?? [] : [];
    const reached = kind === "delivered"
      ? recipients.map(({ id }) => id).filter((id) => !failed.includes(id))
      : [];
    const { store, clock } = this.#tools;
    await store.recipients.note({ channel, destination, because, failed, reached }, clock.now()).catch(
      () => {},
    );
  }

  #judge(
    entries: readonly Queued[],
    { configHash }: Destination,
    { verdict, attempt }: { verdict: Verdict; attempt: Attempt },
  ): void {
    const { clock, random, watchers } = this.#tools;
    const step = "step" in verdict ? verdict.step : undefined;
    for (const [index, entry] of entries.entries()) {
      const fate = fateOf(entry, verdict, { now: clock.now(), random });
      const state = firstTryOf(fate, verdict);
      if (state) watchers.report(entry.id, { state, because: fate.because, step });
      // The lane learns from the message once, however many deliveries shared it.
      this.#results.push({ entry, fate, attempt, ...index === 0 ? { lesson: { verdict, configHash } } : {} });
    }
  }

  async #alertOf(entry: Queued): Promise<Alert | undefined> {
    const logged = await this.#tools.store.journal.alert(entry.alert);
    return logged && isWhole(logged.alert) ? logged.alert : undefined;
  }

  /** Write the results that there are; those that come meanwhile share the next commit. */
  async #write(): Promise<void> {
    do {
      this.#writing ??= this.#writeAll().finally(() => this.#writing = undefined);
      await this.#writing;
    } while (this.#results.length > 0 && !this.#lane.lost);
  }

  async #writeAll(): Promise<void> {
    // What is ready to run now may have a result, too.
    await Promise.resolve();
    while (this.#results.length > 0 && !this.#lane.lost) {
      const results = takeForCommit(this.#results);
      try {
        await this.#settle(results);
        for (const { entry } of results) this.#settled.add(entry.id);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        this.#results.unshift(...results);
        if (this.#tools.stopping.aborted) this.#lane.abandon(); // what was sent is sent again after the start
        else await this.#waitForStore();
      }
    }
  }

  async #settle(results: readonly Result[]): Promise<void> {
    const { store, writer, clock } = this.#tools;
    const now = clock.now();
    const done: Delivery[] = [];
    const waiting: { entry: Queued; delivery: Delivery }[] = [];
    const moved: { entry: Queued; lane: string }[] = [];
    for (const result of results) {
      const { entry } = result;
      if ("movedTo" in result) {
        moved.push({ entry, lane: result.movedTo });
        continue;
      }
      const { fate } = result;
      const before = entry.tries !== undefined ? await store.outbox.delivery(entry) : undefined;
      const delivery = deliveryAfter(result, before, now);
      if (fate.state === "pending") waiting.push({ entry: fate.entry, delivery });
      else done.push(delivery);
    }
    // First the windows, then the deaths: a crash in between buries the same deliveries once more, and no one else's.
    await writer.bury(
      // A reminder told nobody anything new: no window hangs on it.
      done.filter(({ state, reason }) => state === "dead" && reason !== "reminder").map((
        { fingerprint, group, alert, id },
      ) => ({
        fingerprint,
        group,
        alert,
        delivery: id,
        now,
      })),
    );
    await this.#lane.settle((before) => {
      const record = laneAfterAll(before, results, now);
      return { done, waiting, moved, ...record ? { record } : {} };
    });
    for (const { lane } of moved) this.#tools.wake(lane);
  }

  async #finishAll(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.race(this.#underWay);
    if (this.#writing) await this.#writing;
  }

  async #waitForStore(): Promise<void> {
    const { clock, stopping } = this.#tools;
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
}

function dead(entry: Queued, because: string): Result {
  return { entry, fate: { state: "dead", because } };
}

/**
 * The idempotency key of a message. It names the deliveries and nothing else: a vendor that drops a repeat must never
 * drop a message about others.
 */
function messageId(ids: readonly string[]): string {
  return ids.length === 1 ? ids[0]! : `${ids[0]}-${sha256Hex(ids.join(" "), 12)}`;
}
