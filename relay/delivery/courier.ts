import { turnOfLoop } from "../base/event_loop.ts";
import type { LaneRest } from "./lane_queue.ts";
import { StoreAwayError, StoreError } from "../store/errors.ts";
import { BellWatch } from "./bell_watch.ts";
import type { DeliveryTools } from "./lane_work.ts";
import { Wakeup } from "./wakeup.ts";

/** The dependencies of a courier, which makes the other tools itself. */
export interface CourierOptions
  extends Omit<DeliveryTools, "owner" | "wake" | "storeFailed" | "stopping" | "cutOff"> {
  /** Whether the relay delivers; otherwise deliveries wait in their lanes. */
  readonly delivers: boolean;
}

/** The time of the next work on a lane. */
interface Timer {
  readonly cancel: () => void;
  readonly at: number;
  /** Wakeups before this time are deferred to it. */
  readonly deafUntil: number;
}

/** The wait before a retry of a lane whose work failed. */
const FAILED_WAIT = 10_000;

/** The same while the database does not answer: a retry costs nothing then, and there is no wait once it is back. */
const AWAY_WAIT = 1_000;

/** A lane that waits for a time is looked at this much later by instances that only watch it: another one works on it. */
const WATCHED_WAIT = 2_000;

/** A store that fails is reported at this interval, however many lanes there are. */
const REPORT_EVERY = 60_000;

/**
 * Delivers: works on each lane that has work, independently, so that a dead lane delays no other. A lane is woken by
 * the intake, by its timer, and by a sweep over the stored bells of all lanes, which finds work left by a crash and
 * work of other instances.
 */
export class Courier {
  readonly #options: CourierOptions;
  readonly #owner = crypto.randomUUID();
  readonly #stopping = new AbortController();
  readonly #cutOff = new AbortController();
  readonly #working = new Map<string, { readonly wakeup: Wakeup; readonly done: Promise<void> }>();
  /** Lanes that were woken while they were worked on. */
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, Timer>();
  /** Lanes that must be looked at again although they pause: the configuration changed while they were worked on. */
  readonly #toReconsider = new Set<string>();
  /** Lanes that got work here; others are only watched. */
  readonly #own = new Set<string>();
  /** The versions of the bells when they were last looked at, by lane. */
  readonly #bells = new Map<string, string>();
  readonly #bellWatch: BellWatch;
  #sweeping: Promise<void> | undefined;
  #reportedAt = -Infinity;

  constructor(options: CourierOptions) {
    const { clock, delivers, store: { outbox } } = options;
    this.#options = options;
    this.#bellWatch = new BellWatch({
      clock,
      lookAtOwn: () => {
        if (this.#working.size > 0) void this.#lookAt((lane) => this.#working.has(lane)).catch(() => {});
      },
      lookAtAll: () => void this.sweep().catch(() => {}), // if it fails, the next one finds the same
    });
    if (delivers) outbox.whenRung((ring) => this.#bellWatch.rang(ring));
  }

  /** Start work on a lane that got deliveries here, or notify the current work. Returns at once. */
  wake(lane: string): void {
    this.#own.add(lane);
    this.#wake(lane);
  }

  #wake(lane: string): void {
    if (!this.#options.delivers || this.#stopping.signal.aborted) return;
    const working = this.#working.get(lane);
    if (working) {
      this.#again.add(lane);
      working.wakeup.ring();
      return;
    }
    const timer = this.#timers.get(lane);
    if (timer && timer.deafUntil > this.#options.clock.now()) {
      if (timer.deafUntil < timer.at) this.#comeBack(lane, timer.deafUntil);
      return;
    }
    timer?.cancel();
    this.#timers.delete(lane);
    const wakeup = new Wakeup();
    this.#working.set(lane, { wakeup, done: this.#work(lane, wakeup) });
  }

  /**
   * Wake every lane that has, or may have, work, unless its bell is unchanged and it is in progress or waits for its
   * time. A timer may be overdue: a machine's timers are late after a sleep. @throws StoreError
   */
  async sweep(): Promise<void> {
    this.#sweeping ??= this.#lookAt(() => true).finally(() => this.#sweeping = undefined);
    await this.#sweeping;
  }

  async #lookAt(isWanted: (lane: string) => boolean): Promise<void> {
    const bells = await this.#options.store.outbox.bells();
    for (const lane of this.#bells.keys()) if (!bells.has(lane)) this.#bells.delete(lane);
    for (const [lane, version] of bells) {
      if (!isWanted(lane)) continue;
      const isKnown = version === this.#bells.get(lane);
      this.#bells.set(lane, version);
      const waitsUntil = this.#timers.get(lane)?.at ?? -Infinity;
      if (!isKnown || !this.#working.has(lane) && waitsUntil <= this.#options.clock.now()) this.#wake(lane);
    }
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
      this.#wake(lane);
    }
  }

  /** Wait until no lane is in progress; the rest is not due yet. */
  async idle(): Promise<void> {
    await this.#sweeping?.catch(() => {});
    while (this.#working.size > 0) await Promise.all([...this.#working.values()].map(({ done }) => done));
  }

  /**
   * Start no more messages, and wait at most `grace` milliseconds for those in flight. Then they are aborted and stay
   * in their lanes, to be sent again.
   */
  async stop({ grace }: { grace: number }): Promise<void> {
    this.#stopping.abort();
    this.#bellWatch.stop();
    for (const { wakeup } of this.#working.values()) wakeup.set();
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
    const late = setTimeout(() => this.#cutOff.abort(), grace);
    await this.idle();
    clearTimeout(late);
  }

  async #work(lane: string, wakeup: Wakeup): Promise<void> {
    await turnOfLoop(); // the caller answers first
    const { clock, report, store: { isShared } } = this.#options;
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
          storeFailed: (action, error) => this.#reportStore(action, error),
          stopping: this.#stopping.signal,
          cutOff: this.#cutOff.signal,
        });
      } catch (error) {
        const isAway = error instanceof StoreAwayError;
        if (error instanceof StoreError) this.#reportStore(`work on lane ${lane}`, error);
        else report(`Cannot work on lane ${lane}: ${error instanceof Error ? error.message : error}`);
        rest = { kind: "wait", at: clock.now() + (isAway ? AWAY_WAIT : FAILED_WAIT) };
        if (!isAway) this.#again.delete(lane);
      }
    } while (
      (this.#toReconsider.has(lane) || (this.#again.has(lane) && deafUntilOf(rest) === undefined)) &&
      !this.#stopping.signal.aborted
    );
    this.#toReconsider.delete(lane);
    const wasWoken = this.#again.delete(lane);
    this.#working.delete(lane);
    if (this.#stopping.signal.aborted) return;
    if (rest.kind === "done") {
      this.#own.delete(lane);
      this.#bells.delete(lane);
      return;
    }
    const { deafUntil = clock.now() } = rest;
    const isWatched = isShared && rest.watched === true && !this.#own.has(lane);
    const at = rest.at + (isWatched ? WATCHED_WAIT : 0);
    this.#comeBack(lane, wasWoken ? Math.min(at, deafUntil) : at, deafUntil);
  }

  #comeBack(lane: string, at: number, deafUntil = at): void {
    this.#timers.get(lane)?.cancel();
    const cancel = this.#options.clock.at(at, () => {
      this.#timers.delete(lane);
      this.#wake(lane);
    });
    this.#timers.set(lane, { cancel, at, deafUntil });
  }

  #reportStore(action: string, error: StoreError): void {
    const now = this.#options.clock.now();
    if (error instanceof StoreAwayError || now < this.#reportedAt + REPORT_EVERY) return;
    this.#reportedAt = now;
    this.#options.report(`Cannot ${action}: ${error.message}`);
  }
}

function deafUntilOf(rest: LaneRest): number | undefined {
  return rest.kind === "done" ? undefined : rest.deafUntil;
}
