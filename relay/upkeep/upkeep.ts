import type { Clock } from "../base/clock.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Config } from "../config/mod.ts";
import type { GroupLookup } from "../domain/group.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
import type { Writer } from "../intake/writer.ts";
import type { Store } from "../store/store.ts";

/** The dependencies of the upkeep's jobs. */
export interface UpkeepTools {
  readonly store: Store;
  readonly writer: Writer;
  readonly channels: ChannelRegistry;
  /** The configured groups and the ad-hoc groups. */
  readonly groups: Pick<GroupLookup, "get">;
  readonly config: Config;
  readonly configuration: { refresh(): Promise<void> };
  readonly courier: { wake(lane: string): void; sweep(): Promise<void> };
  readonly sickness: { check(): Promise<void> };
  readonly refusals: { tidy(now: number): void };
  readonly heartbeats: { check(now: number): Promise<void> };
  readonly outgoing: { beat(): Promise<void> };
  readonly drill: { run(now: number): Promise<void> };
  readonly clock: Clock;
}

/** When a job runs: epoch milliseconds. */
export interface UpkeepTime {
  readonly now: number;
  /** When it last ran; at first when the relay started. */
  readonly since: number;
}

/**
 * A job that runs each minute. A job that changes incidents returns the updates that are due: the writer applies them in the
 * same queue as alerts and checks each again, so that none races with an alert or with another instance.
 *
 * @throws StoreError
 */
export type UpkeepJob = (tools: UpkeepTools, time: UpkeepTime) => Promise<readonly IncidentUpdate[] | void>;
