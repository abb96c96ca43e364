import type { Incident } from "../domain/incident.ts";
import { CurrentIncidents } from "./current_incidents.ts";

/** At most this many: each takes about half a kilobyte of memory. */
const MAX_KNOWN = 20_000;

/** The latest incident of a fingerprint as this instance saw it last. */
export interface KnownIncident {
  /** `undefined`: there was none. */
  readonly incident: Incident | undefined;
  /** Of its record; `null`: there was none. */
  readonly versionstamp: string | null;
}

/**
 * What an instance remembers of the records of a shared database. It may be out of date: a commit checks the versionstamp.
 * The fingerprints that were not used for the longest time are forgotten first.
 */
export class KnownIncidents {
  readonly #versionstamps = new Map<string, string | null>();
  readonly #incidents = new CurrentIncidents();

  /** `undefined`: this instance knows nothing of the fingerprint. */
  get(fingerprint: string): KnownIncident | undefined {
    const versionstamp = this.#versionstamps.get(fingerprint);
    return versionstamp === undefined
      ? undefined
      : { incident: this.#incidents.get(fingerprint), versionstamp };
  }

  /** Remember a record as it was read or written. */
  set(fingerprint: string, { incident, versionstamp }: KnownIncident): void {
    this.forget(fingerprint); // moves it to the end
    this.#versionstamps.set(fingerprint, versionstamp);
    if (incident) this.#incidents.set(incident);
    const [oldest] = this.#versionstamps.keys();
    if (this.#versionstamps.size > MAX_KNOWN) this.forget(oldest!);
  }

  /** Forget a fingerprint. */
  forget(fingerprint: string): void {
    this.#versionstamps.delete(fingerprint);
    this.#incidents.delete(fingerprint);
  }
}
