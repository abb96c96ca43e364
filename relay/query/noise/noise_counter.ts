import type { LoggedAlert } from "../../domain/record.ts";
import type { Severity } from "../../domain/severity.ts";
import type { Noise } from "../shapes/statistics.ts";

/** The figures that alerts can be sorted by, the greatest first. */
export const NOISE_ORDERS = ["count", "told", "episodes", "lastAt"] as const;

/** A figure that alerts can be sorted by. */
export type NoiseOrder = typeof NOISE_ORDERS[number];

interface Counting {
  readonly fingerprint: string;
  count: number;
  told: number;
  readonly incident: string | null;
  readonly severity: Severity;
  readonly lastAt: number;
  readonly groups: readonly string[];
  episodes: number;
  lasted: number;
  /** The end of the current episode, and the time of its earliest alert so far. */
  endedAt?: number | undefined;
  began?: number | undefined;
}

/** Counts the alerts of each fingerprint in a log that is read backwards. */
export class NoiseCounter {
  readonly #byFingerprint = new Map<string, Counting>();

  /** Count the next alert; the newest comes first. */
  add({ fingerprint, at, incident, routing, alert: { severity, status } }: LoggedAlert): void {
    let one = this.#byFingerprint.get(fingerprint);
    if (!one) {
      const groups = routing.map(({ group }) => group);
      one = {
        fingerprint,
        count: 0,
        told: 0,
        incident,
        severity,
        lastAt: at,
        groups,
        episodes: 0,
        lasted: 0,
      };
      this.#byFingerprint.set(fingerprint, one);
    }
    one.count++;
    if (routing.some(({ outcome }) => outcome.kind === "told")) one.told++;
    if (status === "resolved") {
      finish(one);
      one.endedAt = at;
      one.began = undefined;
    } else if (one.endedAt !== undefined) one.began = at;
  }

  /** The fingerprints with the greatest figures; by default, with the most alerts. */
  noisiest(limit: number, by: NoiseOrder = "count"): Noise[] {
    if (by === "episodes") { for (const one of this.#byFingerprint.values()) finish(one); }
    return [...this.#byFingerprint.values()].sort((a, b) =>
      b[by] - a[by] || b.count - a.count || (a.fingerprint < b.fingerprint ? -1 : 1)
    ).slice(0, limit).map((one) => {
      finish(one);
      const { endedAt: _ended, began: _began, ...noise } = one;
      return noise;
    });
  }
}

function finish(one: Counting): void {
  const { endedAt, began } = one;
  if (endedAt === undefined || began === undefined) return;
  one.episodes++;
  one.lasted += endedAt - began;
  one.endedAt = one.began = undefined;
}
