import { alertOf } from "./alert_of.ts";
import type { GroupLookup } from "../group.ts";
import type { Change } from "./change.ts";
import type { Clearing } from "./change.ts";
import type { Journal } from "../store/journal.ts";
import type { Silences } from "../store/silences.ts";
import { isOverdue } from "../incident.ts";
import type { Writer } from "./writer.ts";

/**
 * Resolve the incidents whose senders only repeat them and have stopped. The groups that were told of one are told of
 * its end.
 *
 * @throws StoreError
 */
export async function clearSilent(
  { journal, silences, writer, groups, wake }: {
    journal: Journal;
    silences: Silences;
    writer: Writer;
    groups: Pick<GroupLookup, "get">;
    wake: (lane: string) => void;
  },
  now: number,
): Promise<void> {
  const changes: Change[] = [];
  for (const incident of await journal.open((incident) => isOverdue(incident, now))) {
    const alert = await alertOf(incident, journal);
    const clearing: Clearing = {
      lastId: incident.lastId,
      intake: {
        alert: { ...alert, status: "resolved", endsAt: now },
        fingerprint: incident.fingerprint,
        payload: `clear-${incident.id}`,
        now,
        assumed: true,
        silence: silences.covering(alert.labels, now, { status: "resolved" }),
        routes: Object.keys(incident.windows).flatMap((id) => {
          const group = groups.get(id);
          return group ? [{ group, by: "told_before" as const }] : [];
        }),
      },
    };
    changes.push({ clearing });
  }
  for (const lane of await writer.change(changes)) wake(lane);
}
