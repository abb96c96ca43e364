import type { Clock } from "../base/clock.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Config } from "../config/mod.ts";
import type { GroupLookup } from "../domain/group.ts";
import type { Incident } from "../domain/incident.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
import type { Writer } from "../intake/writer.ts";
import type { DueIncident } from "../store/due_incidents.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Store } from "../store/store.ts";

/** The dependencies of the upkeep's jobs. */
export interface UpkeepTools {
  readonly store: Store;
  readonly writer: Writer;
  readonly channels: ChannelRegistry;
  /** The configured groups and the ad-hoc groups. */
  readonly groups: Pick<GroupLookup, "get" | "load">;
  readonly config: Config;
  readonly courier: { wake(lane: string): void; sweep(): Promise<void> };
  readonly sickness: { tidy(now: number): Promise<void> };
  readonly refusals: { tidy(now: number): Promise<void> };
  readonly heartbeats: { tidy(now: number): Promise<void> };
  readonly outgoing: { beat(): Promise<void> };
  readonly soon: { note(incident: Incident): void; noteAgain(incident: Incident): void };
  readonly drill: { run(now: number): Promise<void> };
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** The time of a job's run: epoch milliseconds. */
export interface UpkeepTime {
  readonly now: number;
  /** Its last run; at first the start of the relay. */
  readonly since: number;
}

/**
 * A job for a batch of due incidents. The updates are applied in the same
 * queue as alerts and checked again, so that none races with an alert or with another instance.
 *
 * @throws StoreError
 */
export type DueJob = (
  tools: UpkeepTools,
  due: readonly DueIncident[],
  now: number,
) => Promise<readonly IncidentUpdate[] | void>;

/** A job that runs each minute. @throws StoreError */
export type UpkeepJob = (tools: UpkeepTools, time: UpkeepTime) => Promise<void>;
