import type { Clock } from "../base/clock.ts";
import type { Incident } from "../domain/incident.ts";
import { SOON } from "../store/due_incidents.ts";

/** What {@linkcode DueSoon} needs. */
export interface DueSoonOptions {
  readonly clock: Clock;
  /** When an incident is due to the second; `Infinity` when it is not. */
  readonly at: (incident: Incident) => number;
  /** Sees to the incidents of these fingerprints. Never rejects. */
  readonly run: (fingerprints: ReadonlySet<string>) => Promise<void>;
}

/**
 * The incidents that are due before the next look, at which each minute's upkeep finds those that are due: a timer sees to
 * them at their time. Each instance has its own timer, and the commit decides which of them changes an incident. What the
 * timer of an instance that has ended would have done, the others do at their own time or at their next look.
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
    const { fingerprint, escalations, knownUntil } = incident;
    if (escalations === undefined && knownUntil === undefined && !this.#times.has(fingerprint)) return;
    const { at, clock } = this.#options;
    const due = at(incident);
    if (due <= clock.now() + SOON) this.#times.set(fingerprint, due);
    else this.#times.delete(fingerprint);
    this.#arm();
  }

  /** Wait until nothing is being seen to. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Forget all of them, and wait for what is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.idle();
  }

  #arm(): void {
    if (this.#isStopped) return;
    const next = Math.min(Infinity, ...this.#times.values());
    if (this.#timer?.at === next) return;
    this.#timer?.cancel();
    this.#timer = next === Infinity
      ? undefined
      : { at: next, cancel: this.#options.clock.at(next, () => this.#ring()) };
  }

  #ring(): void {
    this.#timer = undefined;
    const now = this.#options.clock.now();
    const due = new Set([...this.#times].filter(([, at]) => at <= now).map(([fingerprint]) => fingerprint));
    for (const fingerprint of due) this.#times.delete(fingerprint);
    this.#running = this.#running.then(() => this.#options.run(due));
    this.#arm();
  }
}
