import type { Clock } from "../base/clock.ts";
import { defined } from "../base/defined.ts";
import type { Alert } from "../domain/alert.ts";
import { handlingOf } from "../domain/handling.ts";
import { type Ending, type Incident, isOver } from "../domain/incident.ts";
import { type Delivery, type Queued, wholeIn } from "../domain/record.ts";
import type { Entry } from "../message/entry.ts";
import type { Renderer } from "../message/renderer.ts";
import { endedBy } from "../message/resent.ts";
import type { Store } from "../store/store.ts";
import type { Batch } from "./batch.ts";
import { endingsOf } from "./endings.ts";
import { messageId, type RenderedBatch } from "./render_batch.ts";

/**
 * Render a delivered digest again with the current state of its incidents, for an edit with some updates. There is no message if
 * the digest's record or its alerts are gone. @throws StoreError
 */
export async function renderEdit(
  { destination, group, channel, entries: updates, digest: mark }: Batch,
  { store, renderer, clock }: { store: Store; renderer: Renderer; clock: Clock },
): Promise<RenderedBatch> {
  const rendered = { covered: updates, gone: [] };
  const record = await store.deliveries.digest(mark!.edits!);
  const digested = record ? await store.deliveries.byId(record.deliveries) : [];
  const entries = await currentEntries(digested, updates, store);
  if (!record || entries.length === 0) return rendered;
  const { message, problem } = await renderer.digest(entries, {
    group,
    channel,
    channelConfig: destination.config,
    destination: destination.id,
    now: clock.now(),
    messageId: () => record.id,
  });
  const id = messageId(updates.map(({ id }) => id));
  return { ...rendered, message: { ...message, id }, problem };
}

/** The entries of a digest with the current state of their incidents. */
async function currentEntries(
  digested: readonly Delivery[],
  updates: readonly Queued[],
  store: Store,
): Promise<Entry[]> {
  const logged = await store.records.alerts([...digested, ...updates].map(({ alert }) => alert));
  const endings = await endingsOf(digested, store);
  const incidents = await store.incidents.latest(new Set(digested.map(({ fingerprint }) => fingerprint)));
  const updated = new Map(updates.map((update) => [update.fingerprint, update]));
  return digested.flatMap((delivery): Entry[] => {
    const alert = wholeIn(logged.get(delivery.alert));
    if (!alert) return [];
    const { id, alert: alertId, fingerprint, reason, group } = delivery;
    const entry = { id, alertId, fingerprint, alert, reason, folded: 0 };
    const update = updated.get(fingerprint);
    if (update) return [withUpdate(entry, update, wholeIn(logged.get(update.alert)))];
    return [
      withState(entry, {
        at: delivery.at,
        group,
        ending: endings.get(id),
        newest: incidents.get(fingerprint),
      }),
    ];
  });
}

/** An entry with an update of the edit. */
function withUpdate(entry: Entry, update: Queued, alert: Alert | undefined): Entry {
  const { reason, person, remark, handling, at } = update;
  const updated = { ...entry, reason, ...defined({ by: person, at, remark, handling }) };
  if (reason === "closed") return { ...updated, alert: endedBy(entry.alert, { endedAt: at }) };
  if (reason !== "resolved") return updated;
  return { ...updated, alert: endedBy(entry.alert, { endedAt: Math.min(alert?.endsAt ?? at, at) }) };
}

/** An entry with the stored state of its incident. A newer incident of the same fingerprint has messages of its own. */
function withState(
  entry: Entry,
  { at, group, ending, newest }: {
    at: number;
    group: string;
    ending: Ending | undefined;
    newest: Incident | undefined;
  },
): Entry {
  if (ending) return { ...entry, reason: "resolved", alert: endedBy(entry.alert, ending) };
  if (!newest || isOver(newest) || newest.openedAt > at) return entry;
  const handling = handlingOf(newest);
  if (handling) {
    return {
      ...entry,
      reason: "acknowledged",
      handling,
      ...defined({ by: newest.knownBy, at: newest.knownAt }),
    };
  }
  const isEscalated = newest.escalations?.[group]?.at !== undefined;
  return isEscalated ? { ...entry, reason: "escalated" } : entry;
}
