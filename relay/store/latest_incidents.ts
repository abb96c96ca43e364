import type { Clock } from "../base/clock.ts";
import { awaitsCalm } from "../domain/flap.ts";
import { mayBeResent } from "../domain/after_close.ts";
import type { Incident } from "../domain/incident.ts";
import { isHeld, lagEnds } from "../domain/late_peer.ts";
import { repeatableUntil, repeatsEnd } from "../domain/renewal.ts";
import type { Atomic } from "./atomic.ts";
import type { IncidentChange } from "./commit.ts";
import type { MessageGroups } from "./message_groups.ts";
import type { OpenTable } from "./open_table.ts";
import type { OpenTally } from "./open_tally.ts";
import type { Renewals } from "./renewals.ts";

/** The latest incidents of some fingerprints, if they decide on the next alert. */
export interface LatestIncidents {
  get(fingerprint: string): Incident | undefined;
  /** On a shared store: of the record of each of the fingerprints; `null`: there is none. */
  readonly versionstamps: ReadonlyMap<string, string | null>;
}

/**
 * The incident that decides on the next alert of a fingerprint: it is open, it fell silent without an end, or it was closed
 * a short time ago. A single writer holds it in memory; several writers share a record per fingerprint.
 */
export interface LatestIndex {
  /** The counts of open incidents; `undefined` on a shared store. */
  readonly openTally: OpenTally | undefined;
  /** The open incidents in memory, for lists; `undefined` on a shared store. */
  readonly openTable: OpenTable | undefined;
  /** The message groups that live. */
  readonly messageGroups: MessageGroups;
  /** Read the state that is held in memory. */
  load(open: AsyncIterable<Incident>): Promise<void>;
  /** The latest incident of each fingerprint as it is stored. @throws StoreError */
  of(fingerprints: ReadonlySet<string>): Promise<LatestIncidents>;
  /**
   * The latest incident of each fingerprint as a commit may assume it that checks them: on a shared store another instance
   * may have changed it. `isOpen`: whether an incident is expected to be open, although this instance knows of none.
   *
   * @throws StoreError
   */
  assumed(
    fingerprints: ReadonlySet<string>,
    isOpen: (fingerprint: string) => boolean,
  ): Promise<LatestIncidents>;
  /** The latest incident of each fingerprint as this instance knows it; only unknown ones are read. @throws StoreError */
  remembered(fingerprints: ReadonlySet<string>): Promise<LatestIncidents>;
  /** The keys of the records that {@linkcode LatestIndex.check} checks. */
  keys(latest: LatestIncidents): Deno.KvKey[];
  /** The latest incidents as they were read under {@linkcode LatestIndex.keys}, after a check of them failed. */
  reread(entries: readonly Deno.KvEntryMaybe<unknown>[], assumed: LatestIncidents): LatestIncidents;
  /** Have an atomic fail when another instance has changed one of these incidents. */
  check(atomic: Atomic, latest: LatestIncidents): void;
  /** Add the record of a fingerprint to an atomic. */
  write(atomic: Atomic, fingerprint: string, change: IncidentChange): void;
  /** Called when an atomic with these changes has landed, which {@linkcode LatestIndex.check} checked. */
  landed(changes: Iterable<IncidentChange>, latest: LatestIncidents, versionstamp: string): void;
  /** The open incidents for which `isWanted` is true. @throws StoreError */
  open(isWanted: (incident: Incident) => boolean): Promise<Incident[]>;
  /** Forget incidents that no longer decide anything. @throws StoreError */
  forget(): Promise<void>;
}

/** The options of the latest incidents. */
export interface LatestOptions {
  /** The time that alerts are stored, in milliseconds; read anew each time. */
  readonly retention: { readonly alerts: number };
  readonly clock: Pick<Clock, "now">;
  readonly renewals: Pick<Renewals, "apply">;
}

/** Until when an incident decides on the next alert of its fingerprint, in epoch milliseconds. */
export function decidesUntil(incident: Incident, { retention }: Pick<LatestOptions, "retention">): number {
  if (incident.stale) return incident.lastAt + retention.alerts;
  if (incident.closedAt === null || isWatched(incident)) return Infinity;
  if (mayBeResent(incident)) return repeatableUntil(incident, incident.clearsAfter ?? retention.alerts);
  const flaps = Object.values(incident.flaps ?? {});
  const messages = Object.values(incident.messages ?? {});
  return Math.max(
    lagEnds(incident),
    repeatsEnd(incident),
    ...flaps.map(({ until = 0 }) => until),
    ...messages.map(({ due }) => due),
  );
}

/** Whether time alone will change an incident: a group was notified that it flaps, or a firing is on hold. */
export function isRestless({ flaps, late }: Incident): boolean {
  return isHeld({ late }) || flaps !== undefined && Object.values(flaps).some(awaitsCalm);
}

/** Whether an incident is closed, and time alone will change it. */
export function isWatched(incident: Incident): boolean {
  return incident.closedAt !== null && isRestless(incident);
}
