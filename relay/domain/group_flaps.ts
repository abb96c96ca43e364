import { type Flap, flapOn, type FlapRule, type FlapState, overridesFlapping } from "./flap.ts";
import { type Incident, isOver } from "./incident.ts";
import type { AlertReason } from "./outcome.ts";
import type { Severity } from "./severity.ts";

/** The fields of a group that matter for flapping. */
interface Damping {
  readonly group: string;
  readonly flap?: FlapRule | undefined;
  /** The number of its destinations. */
  readonly destinations: number;
}

/** The flapping of a fingerprint for each group, while an alert is decided. */
export class GroupFlaps {
  readonly #flaps = new Map<string, Flap>();
  readonly #states = new Map<string, FlapState>();

  constructor(
    newest: Incident | undefined,
    groups: readonly Damping[],
    { changed, now }: { changed: boolean; now: number },
  ) {
    for (const [group, flap] of Object.entries(newest?.flaps ?? {})) this.#flaps.set(group, flap);
    // The opening of the incident counts as a change and is stored in the incident itself.
    const opened = newest && !isOver(newest) ? { changes: [newest.openedAt], until: 0 } : undefined;
    for (const { group, flap: rule, destinations } of groups) {
      if (!rule || destinations === 0) continue;
      const { flap, state } = flapOn(this.#flaps.get(group) ?? opened, rule, { changed, now });
      this.#flaps.set(group, flap);
      this.#states.set(group, state);
    }
  }

  stateOf(group: string): FlapState {
    return this.#states.get(group) ?? "calm";
  }

  /**
   * The reason why a group is notified in spite of the flapping, which this records; `undefined` if it is not
   * notified.
   */
  reasonToNotify(group: string, severity: Severity): AlertReason | undefined {
    const flap = this.#flaps.get(group)!;
    const begins = this.stateOf(group) === "begins";
    if (!begins && !overridesFlapping(flap, severity)) return undefined;
    const { until: _, ...rest } = flap;
    this.#flaps.set(group, { ...rest, told: severity });
    return begins ? "flapping" : "changed";
  }

  /** The `flaps` to store in the incident. The only change of an open incident is its opening, which is stored already. */
  stored({ isOpen }: { isOpen: boolean }): Pick<Incident, "flaps"> {
    const least = isOpen ? 2 : 1;
    const flaps = [...this.#flaps].filter(([, { changes, told }]) => changes.length >= least || told);
    return flaps.length > 0 ? { flaps: Object.fromEntries(flaps) } : {};
  }
}
