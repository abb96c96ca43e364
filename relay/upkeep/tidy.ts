import type { Group, GroupLookup } from "../domain/group.ts";
import { clearSilent } from "./clear.ts";
import { confirmHeld } from "./late.ts";
import { liftResolved } from "../intake/lift.ts";
import { remind } from "./remind.ts";
import { repeat } from "./repeat.ts";
import { settleFlapping } from "./settle.ts";
import type { UpkeepJob, UpkeepTools } from "./upkeep.ts";
import type { Writer } from "../intake/writer.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Store } from "../store/store.ts";

/** What tidying works with. */
export interface TidyOptions {
  readonly store: Pick<Store, "log" | "incidents" | "outbox" | "records" | "silences">;
  readonly writer: Writer;
  readonly channels: ChannelRegistry;
  /** The configured groups. */
  readonly groups: ReadonlyMap<string, Group>;
  /** The configured groups, and those that addresses created. */
  readonly lookup: Pick<GroupLookup, "get">;
  /** Called with each lane that got work. */
  readonly wake: (lane: string) => void;
}

/**
 * Run the jobs of each minute: resolve incidents whose senders have stopped, release held firings, end silences, report
 * settled flapping, retire stale incidents, remind people, and repeat alarms for vendors that forget them.
 *
 * @param time `since`: when this was last done. @throws StoreError
 */
export async function tidy(
  { store: { log, incidents, outbox, records, silences }, writer, channels, groups, lookup, wake }:
    TidyOptions,
  { now, since }: { now: number; since: number },
): Promise<void> {
  const tools: UpkeepTools = { log, incidents, outbox, silences, groups: lookup, configured: groups };
  const run = async (job: UpkeepJob): Promise<void> => {
    for (const lane of await writer.change(await job(tools, now))) wake(lane);
  };
  await silences.refresh(now);
  await silences.tidy(now);
  await run(clearSilent);
  await run(confirmHeld);
  await liftResolved({ silences, records }, { now });
  await run(settleFlapping);
  await writer.retireStale(now);
  await run(remind);
  await repeat({ incidents, outbox, groups, channels, wake }, { now, since }); // last: what fails before it is no reason to do it twice
}
