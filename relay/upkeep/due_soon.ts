import type { Clock } from "../base/clock.ts";
import type { Incident } from "../domain/incident.ts";
import { mayBeDue, SOON } from "../store/due_incidents.ts";

/** The dependencies of {@linkcode DueSoon}. */
export interface DueSoonOptions {
  readonly clock: Clock;
  /** The due time of an incident to the second; `Infinity` without one. */
  readonly at: (incident: Incident) => number;
  /** Does the due work for the incidents of these fingerprints. Never rejects. */
  readonly run: (fingerprints: ReadonlySet<string>) => Promise<void>;
}

/**
 * The incidents that are due before the next minute's upkeep: a timer runs their due work at their time. Each
 * instance has its own timer, and the commit decides which instance changes an incident. If an instance ends before
 * its timer fires, the others do its work at the same time, or in their next upkeep.
 */
export class DueSoon {
  readonly #options: DueSoonOptions;
  readonly #times = new Map<string, number>();
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: DueSoonOptions) {
    this.#options = options;
  }

  /** Remember an incident that is due soon, as it is now. */
  note(incident: Incident): void {
    const { fingerprint } = incident;
    if (!mayBeDue(incident) && !this.#times.has(fingerprint)) return;
    const { at, clock } = this.#options;
    const due = at(incident);
    if (due > clock.now() + SOON) return void this.#times.delete(fingerprint);
    this.#times.set(fingerprint, due);
    this.#ringAt(due);
  }

  /** Remember an incident after its work, unless it is still due: then it waits for the next minute's upkeep. */
  noteAgain(incident: Incident): void {
    const { at, clock } = this.#options;
    if (at(incident) > clock.now()) this.note(incident);
  }

  /** Wait for the current work. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Cancel the timer, and wait for the current work. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.idle();
  }

  /** Set the timer to this time, unless it rings earlier: then it is set again. */
  #ringAt(at: number): void {
    if (this.#isStopped || at >= (this.#timer?.at ?? Infinity)) return;
    this.#timer?.cancel();
    this.#timer = { at, cancel: this.#options.clock.at(at, () => this.#ring()) };
  }

  #ring(): void {
    this.#timer = undefined;
    const now = this.#options.clock.now();
    const due = new Set<string>();
    let next = Infinity;
    for (const [fingerprint, at] of this.#times) {
      if (at <= now) due.add(fingerprint);
      else next = Math.min(next, at);
    }
    for (const fingerprint of due) this.#times.delete(fingerprint);
    if (due.size > 0) this.#running = this.#running.then(() => this.#options.run(due));
    this.#ringAt(next);
  }
}
