import type { Alert } from "../domain/alert.ts";
import { type Queued, wholeIn } from "../domain/record.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
import type { Store } from "../store/store.ts";
import type { Batch } from "./batch.ts";
import type { DeliveryResult } from "./delivery_result.ts";

/** The suppressor of an alert: the id of the silence, or of the inhibiting incident. */
export interface Suppressor {
  readonly by: "silence" | "inhibited";
  readonly id: string;
}

/** The result of a second look. */
export interface SecondLook {
  /** The deliveries that are not sent. */
  readonly results: readonly DeliveryResult[];
  /** Its changes of their incidents; to be written first. */
  readonly updates: readonly IncidentUpdate[];
}

/**
 * The deliveries of message groups that a silence covers now or another incident inhibits, as Alertmanager looks at each flush:
 * they were decided when their alerts arrived. One that was tried is sent in any case. If nobody was notified of an incident,
 * nobody is notified of its end.
 *
 * @throws StoreError
 */
export async function secondLook(
  batches: readonly Batch[],
  { store, now }: { store: Pick<Store, "records" | "silences" | "inhibitors" | "deliveries">; now: number },
): Promise<SecondLook> {
  const entries = batches.flatMap(({ entries }) => entries)
    .filter(({ held, tries }) => held === "group" && tries === undefined);
  const results: DeliveryResult[] = [];
  const updates: IncidentUpdate[] = [];
  if (entries.length === 0) return { results, updates };
  const alerts = await store.records.alerts(entries.map(({ alert }) => alert));
  const incidents = Map.groupBy(entries, ({ destination, fingerprint }) => `${destination} ${fingerprint}`);
  for (const deliveries of incidents.values()) {
    let unheard: Suppressor | undefined;
    for (const entry of deliveries) {
      const logged = alerts.get(entry.alert);
      const alert = wholeIn(logged);
      const suppressor = unheard ?? (alert && suppressorOf(alert, entry, { store, now }));
      if (!suppressor) continue;
      results.push({ entry, fate: { state: "suppressed", ...because(suppressor) } });
      if (entry.reason === "resolved" || !alert) continue;
      const isFirst = entry.reason === "first" && !await wasDelivered(entry, store);
      if (isFirst) unheard = suppressor;
      const { fingerprint, group, alert: id } = entry;
      updates.push({
        kind: "suppressed",
        fingerprint,
        group,
        alert: id,
        labels: alert.labels,
        isFirst,
        suppressor,
      });
    }
  }
  return { results, updates };
}

function suppressorOf(
  { labels, status }: Alert,
  { reason }: Queued,
  { store: { silences, inhibitors }, now }: {
    store: Pick<Store, "silences" | "inhibitors">;
    now: number;
  },
): Suppressor | undefined {
  const silence = silences.covering(labels, now, { status });
  if (silence !== undefined) return { by: "silence", id: silence };
  // A group that was notified is notified of the end.
  const [inhibitor] = reason === "resolved" ? [] : inhibitors.of(labels);
  return inhibitor === undefined ? undefined : { by: "inhibited", id: inhibitor.id };
}

/** Whether another destination of the group already has the notification: its lane was faster. */
async function wasDelivered(
  { alert, group }: Queued,
  { deliveries }: Pick<Store, "deliveries">,
): Promise<boolean> {
  const records = await deliveries.of(alert);
  return records.some((record) => record.group === group && record.state === "delivered");
}

function because({ by, id }: Suppressor): { by: Suppressor["by"]; because: string } {
  return { by, because: id };
}
