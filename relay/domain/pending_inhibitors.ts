import type { Labels } from "./alert.ts";
import { InhibitorIndex, type InhibitRule } from "./inhibition.ts";

/** The sources as a commit that is being built will leave them. */
export class PendingInhibitors {
  readonly #stored: InhibitorIndex;
  readonly #changed = new Set<string>();
  readonly #added: InhibitorIndex;
  /** The labels of the added sources, by incident. */
  readonly #labels = new Map<string, Labels>();

  /** `stored`: the sources before the commit. */
  constructor(stored: InhibitorIndex, rules: readonly InhibitRule[]) {
    this.#stored = stored;
    this.#added = new InhibitorIndex(rules);
  }

  /** The incident that inhibits an alert with these labels. `own`: the alert's own incident, which is excluded. */
  of(labels: Labels, own?: string): string | undefined {
    for (const id of this.#added.inhibitorsOf(labels)) if (id !== own) return id;
    for (const id of this.#stored.inhibitorsOf(labels)) {
      if (id !== own && !this.#changed.has(id)) return id;
    }
    return undefined;
  }

  /** An incident fires with these labels. */
  fires(incident: string, labels: Labels): void {
    this.ended(incident);
    if (this.#added.add(incident, labels)) this.#labels.set(incident, labels);
  }

  /** An incident has ended. */
  ended(incident: string): void {
    this.#changed.add(incident);
    const labels = this.#labels.get(incident);
    if (labels) this.#added.remove(incident, labels);
    this.#labels.delete(incident);
  }
}
