import type { Incident } from "../domain/incident.ts";
import { CurrentIncidents } from "./current_incidents.ts";

/** The most incidents: each takes about half a kilobyte of memory. */
const MAX_KNOWN = 20_000;

/** The latest incident of a fingerprint in the last state that this instance saw. */
export interface KnownIncident {
  /** `undefined` if there was none. */
  readonly incident: Incident | undefined;
  /** The versionstamp of its record; `null` if there was none. */
  readonly versionstamp: string | null;
}

/**
 * An instance's cache of a shared database's records. It may be out of date: a commit checks the versionstamp. The
 * least recently used fingerprints are evicted first.
 */
export class KnownIncidents {
  readonly #versionstamps = new Map<string, string | null>();
  readonly #incidents = new CurrentIncidents();

  /** @returns `undefined` if the fingerprint is not cached */
  get(fingerprint: string): KnownIncident | undefined {
    const versionstamp = this.#versionstamps.get(fingerprint);
    return versionstamp === undefined
      ? undefined
      : { incident: this.#incidents.get(fingerprint), versionstamp };
  }

  /** Caches a record that was read or written. */
  set(fingerprint: string, { incident, versionstamp }: KnownIncident): void {
    this.forget(fingerprint); // moves it to the end
    this.#versionstamps.set(fingerprint, versionstamp);
    if (incident) this.#incidents.set(incident);
    const [oldest] = this.#versionstamps.keys();
    if (this.#versionstamps.size > MAX_KNOWN) this.forget(oldest!);
  }

  /** Removes a fingerprint. */
  forget(fingerprint: string): void {
    this.#versionstamps.delete(fingerprint);
    this.#incidents.delete(fingerprint);
  }
}
