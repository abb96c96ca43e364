import { type Destination, type Group, primaryDestinations } from "../domain/group.ts";
import type { Incident } from "../domain/incident.ts";
import type { Notified } from "../domain/outcome.ts";
import type { Routed } from "../domain/rules.ts";

/** The groups to which the groups of these routes may escalate. */
export function escalatedFrom(routes: readonly Routed[], groups: ReadonlyMap<string, Group>): Group[] {
  const ids = routes.flatMap(({ group: { escalate = [] } }) =>
    escalate.flatMap(({ to }) => "group" in to ? [to.group] : [])
  );
  return [...new Set(ids)].flatMap((id) => groups.get(id) ?? []);
}

/** The routes of an alert, and the groups to which the incident was escalated: they are notified of its end, too. */
export function withEscalatedGroups(
  { routes, escalatedTo = [] }: {
    readonly routes: readonly Routed[];
    readonly escalatedTo?: readonly Group[] | undefined;
  },
  before: Incident | undefined,
): readonly Routed[] {
  const others = escalatedTo.filter(({ id }) =>
    before?.windows[id] !== undefined && !routes.some(({ group }) => group.id === id)
  );
  return [...routes, ...others.map((group) => ({ group, by: "told_before" as const }))];
}

/** The destinations of a notification. Those that a step of the escalation notified are notified of the end, too. */
export function notifiedDestinations(
  group: Group,
  { reason }: Pick<Notified, "reason">,
  incident: Incident | undefined,
): readonly Destination[] {
  const told = reason === "resolved" ? incident?.escalations?.[group.id]?.told ?? [] : [];
  const steps = told.length === 0 ? [] : group.destinations.filter(({ id }) => told.includes(id));
  return [...primaryDestinations(group), ...steps];
}
