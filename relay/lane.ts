import type { Alert } from "./alert.ts";
import { type AttemptOptions, prepare, type Tried } from "./attempt.ts";
import { type Channel, retry } from "./channel.ts";
import type { Clock } from "./clock.ts";
import type { Destination, Group } from "./group.ts";
import { sha256Hex } from "./hash.ts";
import { type Attempt, type Delivery, isWhole, type Queued } from "./record.ts";
import { redact } from "./redact.ts";
import type { ChannelRegistry } from "./registry.ts";
import { type Entry, render } from "./render.ts";
import { type Fate, fateOf, laneAfter, type Random } from "./retry.ts";
import type { Send } from "./sender.ts";
import type { Lane, LaneRecord, Pause } from "./store/outbox.ts";
import { StoreError } from "./store/errors.ts";
import type { Store } from "./store/store.ts";
import type { Templates } from "./templates.ts";
import type { Writer } from "./writer.ts";

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
  readonly groups: ReadonlyMap<string, Group>;
  readonly templates: Templates;
  readonly rewrite: (url: string) => string | undefined;
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

/** A courier keeps a lane for this long, and longer while it works. */
const LEASE = 45_000;

/** Deliveries taken from the queue at a time. */
const HANDFUL = 200;

/** How often a lane with a channel that cannot be loaded looks again. */
const UNAVAILABLE_WAIT = 60_000;

/** How long to wait when the store cannot take a result. */
const STORE_WAIT = 1_000;

/** A message in the making: deliveries to one destination that share it. */
interface Batch {
  readonly destination: Destination;
  readonly group: Group;
  readonly channel: Channel;
  readonly entries: Queued[];
}

/** What came of one delivery, to be written. */
type Result =
  | { readonly entry: Queued; readonly fate: Fate; readonly attempt?: Attempt; readonly verdict?: Verdicted }
  | { readonly entry: Queued; readonly movedTo: string };

/** What the lane learns from a message. */
interface Verdicted {
  readonly tried: Exclude<Tried, { stopped: true }>;
  readonly configHash: string;
}

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
  const work = new LaneWork(lane, tools);
  try {
    return await work.run();
  } finally {
    await work.leave();
  }
}

class LaneWork {
  readonly #tools: LaneTools;
  #lane: Lane;
  /** Another instance took the lane: nothing more may be written. */
  #lost = false;
  #left = false;
  /** Deliveries that are being sent, or whose result is being written. */
  readonly #taken = new Set<string>();
  /** Settled since the last reading of the queue began: that reading may still show them. */
  readonly #settled = new Set<string>();
  /** What is under way: destination and fingerprint. */
  readonly #busy = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  #results: Result[] = [];
  #writing: Promise<void> | undefined;
  #changing: Promise<void> = Promise.resolve();

  constructor(lane: Lane, tools: LaneTools) {
    this.#lane = lane;
    this.#tools = tools;
  }

  async run(): Promise<Rest> {
    const { clock, store } = this.#tools;
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
      } else if (await store.outbox.giveUp(this.#lane, bell)) {
        this.#left = true;
        return { kind: "done" };
      } else {
        await this.#keepLease();
      }
    }
    await this.#finishAll();
    return { kind: "wait", at: clock.now() + STORE_WAIT, paused: false };
  }

  /** Let others have the lane. */
  async leave(): Promise<void> {
    if (this.#left || this.#lost) return;
    await this.#tools.store.outbox.release(this.#lane).catch(() => {}); // the lease ends by itself
  }

  #isOver(): boolean {
    return this.#lost || this.#tools.stopping.aborted;
  }

  /** What keeps the whole lane waiting, if anything does. */
  #pause(): { until: number } | undefined {
    const { pause } = this.#lane.record;
    if (!pause || pause.until <= this.#tools.clock.now()) return undefined;
    if (
      pause.kind === "config" && this.#find(pause.destination)?.destination.configHash !== pause.configHash
    ) {
      return undefined; // somebody changed it: try again
    }
    return pause;
  }

  /** The deliveries that may go now, put together to messages. */
  async #choose(): Promise<{ batches: Batch[]; next: number; isEmpty: boolean }> {
    const now = this.#tools.clock.now();
    const batches: Batch[] = [];
    const open = new Map<string, { batch: Batch; incidents: Set<string> }>();
    const blocked = new Set<string>();
    const seen: Queued[] = [];
    const unsendable: Queued[] = [];
    let next = Infinity;
    let isEmpty = true;
    this.#settled.clear();
    let candidates = 0;
    await this.#tools.store.outbox.head(this.#lane.name, (entry) => {
      seen.push(entry);
      if (!this.#taken.has(entry.id) && (entry.due ?? 0) <= now) candidates++;
      return candidates >= HANDFUL;
    });
    for (const entry of seen) {
      isEmpty = false;
      if (this.#taken.has(entry.id) || this.#settled.has(entry.id)) {
        next = now;
        continue;
      }
      const incident = `${entry.destination} ${entry.fingerprint}`;
      if (this.#busy.has(incident) || blocked.has(incident)) continue;
      const found = this.#find(entry.destination);
      if (!found || found.destination.lane !== this.#lane.name) {
        this.#take(entry);
        unsendable.push(entry);
        this.#results.push(
          found
            ? { entry, movedTo: found.destination.lane }
            : { entry, fate: { state: "dead", because: "destination removed" } },
        );
        continue;
      }
      if ((entry.due ?? 0) > now) {
        blocked.add(incident);
        next = Math.min(next, entry.due!);
        continue;
      }
      const channel = this.#tools.channels.get(found.destination.channel);
      if (!channel) {
        blocked.add(incident);
        next = Math.min(next, now + UNAVAILABLE_WAIT);
        continue;
      }
      const together = !entry.plain && combineOf(channel, found.destination) === "payload";
      const key = `${entry.destination} ${entry.payload}`;
      const sharing = together ? open.get(key) : undefined;
      if (sharing?.incidents.has(incident)) {
        blocked.add(incident); // the next message tells what became of it
        continue;
      }
      blocked.add(incident);
      if (sharing) {
        sharing.batch.entries.push(entry);
        sharing.incidents.add(incident);
        continue;
      }
      const batch: Batch = { ...found, channel, entries: [entry] };
      batches.push(batch);
      if (together) open.set(key, { batch, incidents: new Set([incident]) });
    }
    if (unsendable.length > 0) {
      await this.#write();
      unsendable.forEach((entry) => this.#putBack(entry));
      next = now;
    }
    return { batches, next, isEmpty };
  }

  #find(destinationId: string | undefined): { destination: Destination; group: Group } | undefined {
    if (destinationId === undefined) return undefined;
    const group = this.#tools.groups.get(destinationId.slice(0, destinationId.lastIndexOf("/")));
    const destination = group?.destinations.find(({ id }) => id === destinationId);
    return group && destination ? { group, destination } : undefined;
  }

  /** Send messages, as many side by side as the channel likes. */
  async #start(batches: readonly Batch[]): Promise<void> {
    for (const batch of batches) {
      const { parallel = 1 } = batch.channel.limits ?? {};
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
    this.#busy.add(`${entry.destination} ${entry.fingerprint}`);
  }

  #putBack(entry: Queued): void {
    this.#taken.delete(entry.id);
    this.#busy.delete(`${entry.destination} ${entry.fingerprint}`);
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
      else {this.#results.push({
          entry: queued,
          fate: { state: "dead", because: "the alert's record is gone" },
        });}
    }
    if (told.length === 0) return await this.#write();

    const { message, count, problem } = render(told.map(({ entry }) => entry), {
      group,
      form: typeof channel.form === "function" ? channel.form(destination.config) : channel.form ?? "text",
      limits: channel.limits ?? {},
      templates,
      rewrite,
      messageId,
      plain: told[0]!.queued.plain,
    });
    const now = (): number => clock.now();
    const options: AttemptOptions = { channel, destination, send, caches: store.caches, now, signal: cutOff };
    const ready = await prepare(message, options);
    if (!(await this.#keepLease()) || this.#isOver()) return;
    // No await between this look at the clock and the send: a courier that was held up must not send after another one.
    if (!this.#holdsFor(sendTimeout)) return;
    const tried = await ready();
    if ("stopped" in tried) return;

    const attempt: Attempt = {
      ...tried.attempt,
      ...problem === undefined ? {} : { problem },
      ...count > 1 ? { together: count } : {},
    };
    this.#judge(told.slice(0, count).map(({ queued }) => queued), destination, { ...tried, attempt });
    await this.#write();
  }

  #judge(entries: readonly Queued[], { configHash }: Destination, tried: Verdicted["tried"]): void {
    const { clock, random } = this.#tools;
    const { verdict, attempt } = tried;
    for (const [index, entry] of entries.entries()) {
      const fate = fateOf(entry, verdict, { now: clock.now(), random });
      // The lane learns from the message once, however many deliveries shared it.
      this.#results.push({ entry, fate, attempt, ...index === 0 ? { verdict: { tried, configHash } } : {} });
    }
  }

  async #alertOf(entry: Queued): Promise<Alert | undefined> {
    const logged = await this.#tools.store.journal.alert(entry.alert);
    return logged && isWhole(logged.alert) ? logged.alert : undefined;
  }

  /** Whether the lane stays ours for longer than a send takes. */
  #holdsFor(ms: number): boolean {
    const { until } = this.#lane.record;
    return this.#tools.store.exclusive || (until !== undefined && until > this.#tools.clock.now() + ms);
  }

  /** @returns whether the lane is still ours. */
  async #keepLease(): Promise<boolean> {
    const { store, clock, sendTimeout } = this.#tools;
    if (!this.#holdsFor(2 * sendTimeout)) {
      await this.#change((lane) =>
        this.#holdsFor(2 * sendTimeout)
          ? Promise.resolve(lane)
          : store.outbox.renew(lane, { until: clock.now() + LEASE })
      );
    }
    return !this.#lost;
  }

  /** Write to the lane's record, one change after the other: each needs the version that the one before it made. */
  async #change(write: (lane: Lane) => Promise<Lane | undefined>): Promise<void> {
    const turn = this.#changing.then(async () => {
      if (this.#lost) return;
      const lane = await write(this.#lane);
      if (lane) this.#lane = lane;
      else this.#lost = true;
    });
    this.#changing = turn.catch(() => {});
    await turn;
  }

  /** Write the results that there are; those that come meanwhile share the next commit. */
  async #write(): Promise<void> {
    do {
      this.#writing ??= this.#writeAll().finally(() => this.#writing = undefined);
      await this.#writing;
    } while (this.#results.length > 0 && !this.#lost);
  }

  async #writeAll(): Promise<void> {
    // What is ready to run now may have a result, too.
    await Promise.resolve();
    while (this.#results.length > 0 && !this.#lost) {
      const results = this.#results.splice(0, HANDFUL);
      try {
        await this.#settle(results);
        for (const { entry } of results) this.#settled.add(entry.id);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (this.#tools.stopping.aborted) this.#lost = true; // what was sent is sent again after the start
        this.#results.unshift(...results);
        await this.#waitForStore();
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
      const { fate, attempt } = result;
      const before = entry.tries !== undefined ? await store.outbox.delivery(entry) : undefined;
      const delivery = deliveryOf(entry, fate, [...before?.attempts ?? [], ...attempt ? [attempt] : []], now);
      if (fate.state === "pending") waiting.push({ entry: fate.entry, delivery });
      else done.push(delivery);
    }
    // First the windows, then the deaths: a crash in between buries the same deliveries once more, and no one else's.
    await writer.bury(
      done.filter(({ state }) => state === "dead").map(({ fingerprint, group, alert, id }) => ({
        fingerprint,
        group,
        alert,
        delivery: id,
        now,
      })),
    );
    await this.#change((lane) => {
      const record = results.reduce((record, result) => learn(record, result, now), lane.record);
      const { failures, pause } = record;
      return store.outbox.settle(lane, {
        done,
        waiting,
        moved,
        ...record === lane.record ? {} : { record: pause ? { failures, pause } : { failures } },
      });
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

/** The attempts of a delivery that are kept: the first ones say why it went wrong, the last ones how it ended. */
const KEPT_ATTEMPTS = { first: 10, last: 40 };

function deliveryOf(entry: Queued, fate: Fate, attempts: readonly Attempt[], now: number): Delivery {
  const { id, alert, fingerprint, group, destination, reason, at } = entry;
  const { first, last } = KEPT_ATTEMPTS;
  return {
    id,
    alert,
    fingerprint,
    group,
    destination,
    reason,
    state: fate.state,
    because: fate.because,
    at,
    ...fate.state === "pending" ? {} : { settledAt: now },
    attempts: attempts.length <= first + last
      ? attempts
      : [...attempts.slice(0, first), ...attempts.slice(-last)],
  };
}

function combineOf({ combine = "payload" }: Channel, { config }: Destination): "payload" | "single" {
  return typeof combine === "function" ? combine(config) : combine;
}

/**
 * The idempotency key of a message. It names the deliveries and nothing else: a vendor that drops a repeat must never
 * drop a message about others.
 */
function messageId(ids: readonly string[]): string {
  return ids.length === 1 ? ids[0]! : `${ids[0]}-${sha256Hex(ids.join(" "), 12)}`;
}

/** The lane's record after a result; the same object when nothing changes. */
function learn(record: LaneRecord, result: Result, now: number): LaneRecord {
  if ("movedTo" in result || !result.verdict) return record;
  const { entry, verdict: { tried: { verdict }, configHash } } = result;
  const { failures, pause = stillInForce(record.pause, entry, now) } = laneAfter(record, verdict, {
    entry,
    configHash,
    now,
  });
  if (failures === record.failures && pause === record.pause) return record;
  return pause ? { failures, pause } : { failures };
}

/** A message that was under way when the lane was paused does not end the pause; a mended config does. */
function stillInForce(pause: Pause | undefined, entry: Queued, now: number): Pause | undefined {
  if (!pause || pause.until <= now) return undefined;
  return pause.kind === "config" && pause.destination === entry.destination ? undefined : pause;
}
