import { defined } from "../base/defined.ts";
/**
 * The destinations that were notified of an incident, and the reasons why groups were not.
 *
 * @module
 */
import { type Incident, notifiedGroups } from "../domain/incident.ts";
import { isEvent, isNotified, type Outcome } from "../domain/outcome.ts";
import type { StoreReader } from "../store/reader.ts";
import { type AlertItem, alertItemsOf, type TimelineDelivery, type TimelineItem } from "./timeline.ts";

/** A group that was not notified, and why. */
export interface NotNotified {
  readonly group: string;
  readonly outcome: Outcome;
  /** The id of the alert with this outcome. */
  readonly alert: string;
}

/** The destinations that were notified of an incident. Each is in one of three lists, with the best of its deliveries. */
export interface IncidentVerdict {
  readonly delivered: readonly TimelineDelivery[];
  readonly pending: readonly TimelineDelivery[];
  readonly failed: readonly TimelineDelivery[];
  /** The end of the quiet hours that hold the pending deliveries. */
  readonly held?: number;
  /** The time of the message of their message group. */
  readonly flush?: number;
  /** The groups that were never notified. */
  readonly without: readonly NotNotified[];
}

/** The states of deliveries, the best first. */
const STATES = ["delivered", "pending", "dead"] as const;

/**
 * The verdict on an incident.
 *
 * @param items The newest lines of its timeline, with its reminders and escalations.
 * @throws StoreError
 */
export async function incidentVerdict(
  incident: Incident,
  items: readonly TimelineItem[],
  store: Pick<StoreReader, "records" | "deliveries">,
): Promise<IncidentVerdict> {
  const windows = Object.values(incident.windows).map(({ told }) => told);
  const ids = [...new Set([incident.id, ...windows, incident.lastId])].toSorted();
  const shown = items.flatMap((item) => item.kind === "alert" ? [item] : []);
  const read = await alertItemsOf(
    incident,
    ids.filter((id) => !shown.some(({ alert }) => alert === id)),
    store,
  );
  return verdictOf([...read, ...shown].toSorted((a, b) => a.alert < b.alert ? -1 : 1), items, {
    notified: notifiedGroups(incident),
  });
}

/** The verdict by the alerts of an incident, the oldest first, and the lines of its timeline. */
export function verdictOf(
  alerts: readonly AlertItem[],
  items: readonly TimelineItem[],
  { notified }: { notified: readonly string[] },
): IncidentVerdict {
  const best = new Map<string, TimelineDelivery>();
  const consider = (deliveries: readonly TimelineDelivery[]): void => {
    for (const delivery of deliveries) {
      const { destination, state } = delivery;
      if (state === "suppressed") continue; // its fallback has a delivery of its own
      const before = best.get(destination);
      if (!before || rankOf(delivery) <= rankOf(before)) best.set(destination, delivery);
    }
  };
  let held: number | undefined;
  let flush: number | undefined;
  for (const { groups } of alerts) {
    for (const { outcome, deliveries } of groups) {
      if (!isNotified(outcome) || outcome.reason === "resolved") continue;
      ({ held, flush } = outcome);
      consider(deliveries);
    }
  }
  for (const item of items) {
    if (item.kind === "notified" && !isEvent(item.reason) || item.kind === "escalated") {
      consider(item.deliveries);
    }
  }
  const all = [...best.values()];
  const [delivered, pending, failed] = STATES.map((state) => all.filter((one) => one.state === state));
  return {
    delivered: delivered!,
    pending: pending!,
    failed: failed!,
    ...pending!.length > 0 && defined({ held, flush }),
    without: notNotified(alerts, notified),
  };
}

function rankOf({ state }: TimelineDelivery): number {
  return STATES.findIndex((one) => one === state);
}

/** The outcome of a notification; suppressed when none of its deliveries was sent at the flush of its message group. */
export function outcomeAtFlush(
  outcome: Outcome,
  deliveries: readonly Pick<TimelineDelivery, "state" | "by" | "because">[],
): Outcome {
  const [first] = deliveries;
  if (
    !isNotified(outcome) || !first || !deliveries.every(({ by }) => by === "silence" || by === "inhibited")
  ) {
    return outcome;
  }
  return first.by === "silence"
    ? { kind: "suppressed", by: "silence", silence: first.because }
    : { kind: "suppressed", by: "inhibited", incident: first.because };
}

/** The newest reason of each group that was never notified. */
function notNotified(alerts: readonly AlertItem[], notified: readonly string[]): NotNotified[] {
  const reasons = new Map<string, NotNotified>();
  for (const { alert, status, groups } of alerts) {
    if (status === "resolved") continue;
    for (const { group, outcome: decided, deliveries } of groups) {
      const outcome = outcomeAtFlush(decided, deliveries);
      if (notified.includes(group) || outcome.kind !== "suppressed") continue;
      reasons.set(group, { group, outcome, alert });
    }
  }
  return [...reasons.values()];
}
