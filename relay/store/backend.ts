import { type Commits, LocalCommits, SharedCommits } from "./commits.ts";
import type { Database } from "./database.ts";
import { DueInMemory } from "./due_in_memory.ts";
import type { DueAt, DueIncidents } from "./due_incidents.ts";
import { DueIndex } from "./due_index.ts";
import { type LaneLeases, NoLeases, SharedLeases } from "./lane_leases.ts";
import { CLOCK_SKEW } from "./lane_record.ts";
import type { LatestIndex, LatestOptions } from "./latest_incidents.ts";
import { LatestInMemory } from "./latest_in_memory.ts";
import { LatestShared } from "./latest_shared.ts";

/** The difference between a local file, which only this process writes, and a database that several instances share. */
export interface Backend {
  /** Whether other processes also write. */
  readonly isShared: boolean;
  /** The largest difference between the instances' clocks, in milliseconds. */
  readonly clockSkew: number;
  readonly latest: LatestIndex;
  readonly due: DueIncidents;
  readonly leases: LaneLeases;
  readonly commits: Commits;
}

/** The limits and options of a backend. */
export interface BackendOptions extends LatestOptions {
  /** The most mutations in one commit of the writer. */
  readonly mutations: number;
  /** The most checks in one atomic. */
  readonly checks: number;
  /** The time at which time alone may change an incident next. */
  readonly dueAt: DueAt;
  /** Identifies the settings of `dueAt`. */
  readonly dueSettings: () => string;
  /** Called with the other entries that were read with the due incidents. */
  readonly notice: (entries: readonly Deno.KvEntry<unknown>[]) => void;
}

/** A local file: the state in memory is authoritative, commits carry no checks, and lanes need no lease. */
export function localFile(database: Database, options: BackendOptions): Backend {
  const latest = new LatestInMemory(database, options);
  return {
    isShared: false,
    clockSkew: 0,
    latest,
    due: new DueInMemory({
      filter: (wanted) => latest.current(wanted),
      dueAt: options.dueAt,
      since: options.clock.now(),
    }),
    leases: new NoLeases(database.of("a lane")),
    commits: new LocalCommits(database, options),
  };
}

/**
 * A shared database: the records are authoritative, each commit checks the records that it was planned on, and lanes
 * are leased.
 */
export function sharedDatabase(database: Database, options: BackendOptions): Backend {
  return {
    isShared: true,
    clockSkew: CLOCK_SKEW,
    latest: new LatestShared(database, options),
    due: new DueIndex(database, { ...options, settings: options.dueSettings }),
    leases: new SharedLeases(database.of("a lane")),
    commits: new SharedCommits(database, options),
  };
}
