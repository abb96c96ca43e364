import { type Alert, OWN_DIALECT } from "./alert.ts";
import { begun, eachEscalation, type Escalation, resumed } from "./escalation.ts";
import { afterRise, severityFor } from "./escalation_step.ts";
import type { Group } from "./group.ts";
import { HEARTBEAT_LOST } from "./heartbeat.ts";
import type { Incident } from "./incident.ts";
import { isNotified, type Outcome } from "./outcome.ts";
import { heldUntil } from "./quiet.ts";
import { isWorse } from "./severity.ts";

/** An alert that has been decided. */
export interface DecidedOn {
  readonly alert: Pick<Alert, "dialect" | "labels">;
  /** The newest incident of its fingerprint before it. */
  readonly before: Incident | undefined;
  /** The incident after it. */
  readonly after: Incident;
  readonly routes: readonly { readonly group: Group; readonly outcome: Outcome }[];
  readonly now: number;
}

/**
 * The incident with its escalations after an alert: that of a group begins when the group is first notified, or at the end of
 * the quiet hours that hold the notification. Of the relay's own alerts, only a lost heartbeat is escalated.
 */
export function withEscalations({ alert, before, after, routes, now }: DecidedOn): Incident {
  if (after.closedAt !== null) return after;
  const isSame = before?.id === after.id && before.closedAt === null;
  const old = isSame ? before.escalations : undefined;
  if (old === undefined && !routes.some(({ group }) => group.escalate)) return after;
  const isFreed = isSame && before.known && !after.known;
  const { escalations: kept } = isFreed
    ? eachEscalation(old, (one) => resumed(one, now))
    : { escalations: old };
  const escalations: Record<string, Escalation> = { ...kept };
  const { escalations: _, ...rest } = after;
  for (const { group: { id, escalate: steps }, outcome } of routes) {
    if (!isNotified(outcome) || !steps || !isEscalated(alert)) continue;
    const current = escalations[id];
    if (!current) escalations[id] = begun(outcome.held ?? outcome.flush ?? now);
    else if (isWorse(severityFor(after, id), severityFor(before!, id))) {
      escalations[id] = afterRise(current, { steps, severity: severityFor(after, id), now });
    }
  }
  return Object.keys(escalations).length === 0 ? rest : { ...rest, escalations };
}

/**
 * The escalations of an incident that a person has reopened: those of the newly notified groups begin anew, or at the
 * end of the quiet hours that hold the notification. A group that a step of another one notifies does not begin its
 * own.
 */
export function escalatedAnew(
  { dialect, severity, escalations }: Pick<Incident, "dialect" | "severity" | "escalations">,
  groups: readonly Group[],
  now: number,
): Pick<Incident, "escalations"> {
  const called = new Set(
    groups.flatMap(({ escalate = [] }) => escalate.flatMap(({ to }) => "group" in to ? [to.group] : [])),
  );
  const own = groups.filter(({ id, escalate }) => escalate && !called.has(id) && dialect !== OWN_DIALECT);
  const ids = new Set([...Object.keys(escalations ?? {}), ...own.map(({ id }) => id)]);
  if (ids.size === 0) return {};
  const from = (id: string): number => {
    const group = groups.find((group) => group.id === id);
    return (group && heldUntil(group, severity, now)) ?? now;
  };
  return { escalations: Object.fromEntries([...ids].map((id) => [id, begun(from(id))])) };
}

function isEscalated({ dialect, labels }: DecidedOn["alert"]): boolean {
  return dialect !== OWN_DIALECT || labels.alertname === HEARTBEAT_LOST;
}
