import type { ChannelEvent } from "../domain/outcome.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Action } from "../domain/action.ts";
import { type Destination, type Group, type GroupLookup, primaryDestinations } from "../domain/group.ts";
import { type Incident, notifiedGroups } from "../domain/incident.ts";
import type { EventTarget } from "../intake/event_deliveries.ts";
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
  readonly groups: Pick<GroupLookup, "get" | "load">;
  readonly channels: Pick<ChannelRegistry, "get">;
}

/**
 * The destinations to notify of a person's action on an incident, or of its escalation. A reopening notifies the
 * primary destinations of its groups. All other events notify only destinations that were notified of the incident: a
 * closing notifies the primary ones and those of escalation steps, and any event those whose channels declare it.
 *
 * @throws StoreError
 */
export async function eventTargets(
  { kind }: { readonly kind: Action["kind"] | "escalate" },
  incident: Incident,
  { store, groups, channels }: EventTargetTools,
): Promise<EventTarget[]> {
  if (kind === "note") return [];
  const { id: beginning, windows } = incident;
  const targets = await Promise.all(
    notifiedGroups(incident).map(async (id): Promise<EventTarget[]> => {
      const group = groups.get(id) ?? await groups.load(id);
      if (!group) return [];
      const primary = primaryDestinations(group);
      if (kind === "reopen") return [{ group, destinations: primary }];
      const event = EVENTS[kind];
      const interested = group.destinations.filter(({ channel }) =>
        channels.get(channel)?.events?.includes(event)
      );
      const steps = group.destinations.filter(({ isStep }) => isStep);
      const wanted = kind === "close" ? [...new Set([...primary, ...steps, ...interested])] : interested;
      if (wanted.length === 0) return [];
      const told = windows[id]?.told ?? beginning;
      const isNotified = await notifiedOf([...new Set([beginning, told])], { incident, group, store });
      return [{ group, destinations: wanted.filter(isNotified) }];
    }),
  );
  return targets.flat();
}

/** The event of each action. */
const EVENTS = {
  acknowledge: "acknowledged",
  take: "acknowledged",
  assign: "acknowledged",
  snooze: "acknowledged",
  unacknowledge: "unacknowledged",
  close: "closed",
  escalate: "escalated",
} as const satisfies Partial<Record<Action["kind"] | "escalate", ChannelEvent>>;

/** Finds which destinations were notified of one of the alerts, or are about to be. */
async function notifiedOf(
  ids: readonly string[],
  { incident: { windows, escalations }, group, store: { records, deliveries } }: {
    incident: Incident;
    group: Group;
    store: EventTargetTools["store"];
  },
): Promise<(destination: Destination) => boolean> {
  const alerts = await records.alerts(ids);
  const steps = escalations?.[group.id]?.told ?? [];
  const primary = primaryDestinations(group).map(({ id }) => id);
  const notified = await Promise.all(ids.map(async (alert) => {
    const settled = await deliveries.of(alert);
    const routing = alerts.get(alert)?.routing.find((routing) => routing.group === group.id);
    // No route led here: a step of another group's escalation has notified this group.
    const isEscalated = routing === undefined && windows[group.id]?.told === alert;
    const expected = [...routing?.destinations ?? [], ...isEscalated ? primary : [], ...steps];
    return (id: string): boolean => {
      const own = settled.filter(({ destination }) => destination === id);
      // A delivery that was never attempted has no record.
      if (own.length === 0) return expected.includes(id);
      return own.some(({ state }) => state === "delivered" || state === "pending");
    };
  }));
  return ({ id }) => notified.some((isNotified) => isNotified(id));
}
