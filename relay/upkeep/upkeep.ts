import type { Group, GroupLookup } from "../domain/group.ts";
import type { AlertLog } from "../store/alert_log.ts";
import type { Incidents } from "../store/incidents.ts";
import type { Outbox } from "../store/outbox.ts";
import type { Silences } from "../store/silences.ts";
import type { Change } from "../intake/change.ts";

/** What the jobs of the upkeep read. */
export interface UpkeepTools {
  readonly log: AlertLog;
  readonly incidents: Incidents;
  readonly outbox: Outbox;
  readonly silences: Silences;
  /** The configured groups, and those that addresses created. */
  readonly groups: Pick<GroupLookup, "get">;
  /** The configured groups. */
  readonly configured: ReadonlyMap<string, Group>;
}

/**
 * Finds the changes that are due. The writer applies them in the same queue as alerts and checks each once more, so that
 * none races with an alert or with another instance.
 *
 * @throws StoreError
 */
export type UpkeepJob = (tools: UpkeepTools, now: number) => Promise<Change[]>;
