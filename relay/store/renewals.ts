import type { Incident } from "../domain/incident.ts";
import { type Renewal, renewed } from "../domain/renewal.ts";

/** Fingerprints at most: each takes about 250 bytes of memory. Those that were not repeated for the longest time are forgotten first. */
const MAX_FINGERPRINTS = 300_000;

/** An instance's cached state of a fingerprint with repeated alerts. */
export interface Repeated {
  /** The suppression of its newest alert; empty without one. */
  readonly suppression: string;
  /** The time at which its newest alert was logged, or found unnecessary in the log. */
  readonly since: number;
  /** The time of its last repeat. */
  readonly at: number;
  /** Its renewals since then. */
  readonly renewal?: Renewal | undefined;
  /** The end of its incident as it is stored. */
  readonly storedEnd?: number | undefined;
}

/**
 * The renewals that this instance has received and not stored: a repeat that changes nothing costs no write. Whoever reads
 * an incident reads it with its renewals.
 */
export class Renewals {
  readonly #repeated = new Map<string, Repeated>();

  /** The cached state of a fingerprint. */
  of(fingerprint: string): Repeated | undefined {
    return this.#repeated.get(fingerprint);
  }

  /** Remember a repeat. */
  set(fingerprint: string, repeated: Repeated): void {
    this.#repeated.delete(fingerprint); // moves it to the end
    this.#repeated.set(fingerprint, repeated);
    if (this.#repeated.size <= MAX_FINGERPRINTS) return;
    const [oldest] = this.#repeated.keys();
    this.#repeated.delete(oldest!);
  }

  /** Remember that a renewal is stored. */
  stored(fingerprint: string, { incident, at, clearsAfter }: Renewal): void {
    const repeated = this.#repeated.get(fingerprint);
    if (repeated?.renewal?.incident !== incident) return;
    this.#repeated.set(fingerprint, { ...repeated, storedEnd: at + clearsAfter });
  }

  /** An incident with its renewals. */
  apply(incident: Incident): Incident {
    return this.#repeated.size === 0
      ? incident
      : renewed(incident, this.#repeated.get(incident.fingerprint)?.renewal);
  }

  /** The renewals of incidents whose stored end is before a time, and whose own end is later. */
  unstored(before: number): { readonly fingerprint: string; readonly renewal: Renewal }[] {
    const found: { fingerprint: string; renewal: Renewal }[] = [];
    for (const [fingerprint, { renewal, storedEnd = Infinity }] of this.#repeated) {
      if (!renewal || storedEnd >= before || storedEnd >= renewal.at + renewal.clearsAfter) continue;
      found.push({ fingerprint, renewal });
    }
    return found;
  }

  /** Removes entries without a repeat since a time, unless their end is still in the future. */
  forget({ since, now }: { since: number; now: number }): void {
    for (const [fingerprint, { at, renewal }] of this.#repeated) {
      const end = renewal ? renewal.at + renewal.clearsAfter : 0;
      if (at < since && end < now) this.#repeated.delete(fingerprint);
    }
  }
}
