import { turnOfLoop } from "../base/event_loop.ts";
import { Latch } from "../base/latch.ts";
import type { LaneRest } from "./lane_queue.ts";
import type { DeliveryTools } from "./lane_work.ts";

/** What a courier needs; it makes the other tools itself. */
export interface CourierOptions extends Omit<DeliveryTools, "owner" | "wake" | "stopping" | "cutOff"> {
  /** Whether the relay delivers; otherwise deliveries wait in their lanes. */
  readonly delivers: boolean;
}

/** When to come back to a lane. */
interface Timer {
  readonly cancel: () => void;
  readonly at: number;
  /** Wakeups before this time are deferred to it. */
  readonly deafUntil: number;
}

/** A lane whose work failed is looked at again after this long. */
const FAILED_WAIT = 10_000;

/**
 * The way out: works on each lane that has work, independently, so that a dead lane delays no other. A lane is woken by the
 * way in, by its timer, and by a sweep over the stored wakeups of all lanes, which finds work left by a crash.
 */
export class Courier {
  readonly #options: CourierOptions;
  readonly #owner = crypto.randomUUID();
  readonly #stopping = new AbortController();
  readonly #cutOff = new AbortController();
  readonly #working = new Map<string, { readonly wakeup: Latch; readonly done: Promise<void> }>();
  /** Lanes that were woken while they were worked on. */
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, Timer>();
  /** Lanes that must be looked at again although they pause: the configuration changed while they were worked on. */
  readonly #toReconsider = new Set<string>();
  #sweeping: Promise<void> | undefined;

  constructor(options: CourierOptions) {
    this.#options = options;
  }

  /** Start work on a lane, or tell the work under way to look again. Returns at once. */
  wake(lane: string): void {
    if (!this.#options.delivers || this.#stopping.signal.aborted) return;
    const working = this.#working.get(lane);
    if (working) {
      this.#again.add(lane);
      working.wakeup.set();
      return;
    }
    const timer = this.#timers.get(lane);
    if (timer && timer.deafUntil > this.#options.clock.now()) {
      if (timer.deafUntil < timer.at) this.#comeBack(lane, timer.deafUntil);
      return;
    }
    timer?.cancel();
    this.#timers.delete(lane);
    const wakeup = new Latch();
    this.#working.set(lane, { wakeup, done: this.#work(lane, wakeup) });
  }

  /** Wake every lane that has, or may have, work. @throws StoreError */
  async sweep(): Promise<void> {
    this.#sweeping ??= this.#options.store.outbox.lanes()
      .then((lanes) => lanes.forEach((lane) => this.wake(lane)))
      .finally(() => this.#sweeping = undefined);
    await this.#sweeping;
  }

  /** Look at all lanes again after a change of the configuration, which may end a pause or move a delivery. Returns at once. */
  reconsider(): void {
    for (const [lane, { wakeup }] of this.#working) {
      this.#toReconsider.add(lane);
      wakeup.set();
    }
    for (const [lane, { cancel }] of [...this.#timers]) {
      cancel();
      this.#timers.delete(lane);
      this.wake(lane);
    }
  }

  /** Wait until no lane is worked on; what is left is not due yet. */
  async idle(): Promise<void> {
    await this.#sweeping?.catch(() => {});
    while (this.#working.size > 0) await Promise.all([...this.#working.values()].map(({ done }) => done));
  }

  /**
   * Start no more messages, and wait at most `grace` milliseconds for those in flight. Then they are cut off and stay in
   * their lanes, to be sent again.
   */
  async stop({ grace }: { grace: number }): Promise<void> {
    this.#stopping.abort();
    for (const { wakeup } of this.#working.values()) wakeup.set();
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
    const late = setTimeout(() => this.#cutOff.abort(), grace);
    await this.idle();
    clearTimeout(late);
  }

  async #work(lane: string, wakeup: Latch): Promise<void> {
    await turnOfLoop(); // the caller answers first
    const { clock, report } = this.#options;
    let rest: LaneRest;
    do {
      this.#again.delete(lane);
      this.#toReconsider.delete(lane);
      try {
        const { workOn } = await import("./pipeline.ts");
        rest = await workOn(lane, wakeup, {
          ...this.#options,
          owner: this.#owner,
          wake: (other) => this.wake(other),
          stopping: this.#stopping.signal,
          cutOff: this.#cutOff.signal,
        });
      } catch (error) {
        report(`Cannot work on lane ${lane}: ${error instanceof Error ? error.message : error}`);
        rest = { kind: "wait", at: clock.now() + FAILED_WAIT };
        this.#again.delete(lane);
      }
    } while (
      (this.#toReconsider.has(lane) || (this.#again.has(lane) && deafUntilOf(rest) === undefined)) &&
      !this.#stopping.signal.aborted
    );
    this.#toReconsider.delete(lane);
    const wasWoken = this.#again.delete(lane);
    this.#working.delete(lane);
    if (rest.kind === "done" || this.#stopping.signal.aborted) return;
    const { at, deafUntil = clock.now() } = rest;
    this.#comeBack(lane, wasWoken ? Math.min(at, deafUntil) : at, deafUntil);
  }

  #comeBack(lane: string, at: number, deafUntil = at): void {
    this.#timers.get(lane)?.cancel();
    const cancel = this.#options.clock.at(at, () => {
      this.#timers.delete(lane);
      this.wake(lane);
    });
    this.#timers.set(lane, { cancel, at, deafUntil });
  }
}

function deafUntilOf(rest: LaneRest): number | undefined {
  return rest.kind === "wait" ? rest.deafUntil : undefined;
}
