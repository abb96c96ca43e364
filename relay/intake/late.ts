import type { Change } from "./change.ts";
import type { GroupLookup } from "../group.ts";
import { isHeld } from "../late_peer.ts";
import { isWhole } from "../record.ts";
import type { Journal } from "../store/journal.ts";
import type { Silences } from "../store/silences.ts";
import type { Writer } from "./writer.ts";

/**
 * Notify the groups of firings that were held because they could be a late peer's, and that nothing contradicted. Each
 * goes the way of an alert once more, so silences and quiet hours of now count.
 *
 * @throws StoreError
 */
export async function confirmHeld(
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
  for (const { fingerprint, late } of await journal.restless()) {
    if (!late || !isHeld({ late }) || late.until > now) continue;
    const held = await journal.alert(late.alert);
    if (!held || !isWhole(held.alert)) continue;
    const { alert, routing } = held;
    const routes = routing.flatMap(({ group: id, by, rule }) => {
      const group = groups.get(id);
      return group ? [{ group, by, ...rule === undefined ? {} : { rule } }] : [];
    });
    const silence = silences.covering(alert.labels, now);
    const payload = `held-${late.alert}`;
    changes.push({
      confirming: { alert: late.alert, intake: { alert, fingerprint, payload, now, silence, routes } },
    });
  }
  for (const lane of await writer.change(changes)) wake(lane);
}
