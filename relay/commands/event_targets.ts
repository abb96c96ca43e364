import type { ChannelEvent } from "../channel/channel.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Destination, Group, GroupLookup } from "../domain/group.ts";
import type { Incident } from "../domain/incident.ts";
import type { EventTarget } from "../intake/updates.ts";
import type { Writer } from "../intake/writer.ts";
import type { Store } from "../store/store.ts";

/** The dependencies of the commands that change an incident. */
export interface IncidentTools extends EventTargetTools {
  readonly store: Store;
  readonly writer: Writer;
  /** Called with each lane that got work. */
  readonly wake: (lane: string) => void;
}

/** The dependencies of {@linkcode eventTargets}. */
interface EventTargetTools {
  readonly store: Pick<Store, "records" | "deliveries">;
  readonly groups: GroupLookup;
  readonly channels: Pick<ChannelRegistry, "get">;
}

/**
 * The destinations to notify of a person's action on an incident: those that were notified of its beginning or of its latest
 * change, or are about to be, and whose channels have the event. @throws StoreError
 */
export async function eventTargets(
  event: ChannelEvent,
  { id: beginning, windows }: Incident,
  { store, groups, channels }: EventTargetTools,
): Promise<EventTarget[]> {
  const targets = await Promise.all(
    Object.entries(windows).map(async ([id, { told }]): Promise<EventTarget[]> => {
      const group = groups.get(id) ?? await groups.load(id);
      const interested = group?.destinations.filter(({ channel }) =>
        channels.get(channel)?.events?.includes(event)
      ) ?? [];
      if (!group || interested.length === 0) return [];
      const isNotified = await notifiedOf([...new Set([beginning, told])], group, store);
      const destinations = interested.filter(isNotified);
      return destinations.length > 0 ? [{ group, destinations }] : [];
    }),
  );
  return targets.flat();
}

/** Finds which destinations were notified of one of the alerts, or are about to be. */
async function notifiedOf(
  ids: readonly string[],
  { id: groupId }: Group,
  { records, deliveries }: EventTargetTools["store"],
): Promise<(destination: Destination) => boolean> {
  const alerts = await records.alerts(ids);
  const notified = await Promise.all(ids.map(async (alert) => {
    const settled = await deliveries.of(alert);
    const { destinations = [] } = alerts.get(alert)?.routing.find(({ group }) => group === groupId) ?? {};
    return (id: string): boolean => {
      const own = settled.filter(({ destination }) => destination === id);
      // One that was never tried has no record.
      if (own.length === 0) return destinations.includes(id);
      return own.some(({ state }) => state === "delivered" || state === "pending");
    };
  }));
  return ({ id }) => notified.some((isNotified) => isNotified(id));
}
