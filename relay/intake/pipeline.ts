/**
 * The intake pipeline, step by step. Each step is a pure function of the alert and a context and returns the alert
 * with its findings.
 *
 *     identify → enrich → route → mute   on arrival (accept.ts)
 *     decide → enqueue                   while a commit is built, on the incidents' current state (commit_builder.ts)
 *
 * Then the commit is written (writer.ts), and the caller is answered (accept.ts).
 *
 * A new step that needs the incident belongs into `onCommit`, which may run twice for an alert; any other into
 * `onArrival`, which an incident that ends by silence (upkeep/clear.ts) does not pass.
 *
 * @module
 */
import type { Alert, IncomingAlert, Labels } from "../domain/alert.ts";
import { enriched, type Enrichment } from "../domain/enrichment.ts";
import { withEscalations } from "../domain/escalation_begin.ts";
import { defined } from "../base/defined.ts";
import { sha256Hex } from "../base/hash.ts";
import { fingerprint } from "../domain/fingerprint.ts";
import type { Destination, Group } from "../domain/group.ts";
import { messagesOf, withMessage } from "../domain/grouping.ts";
import { type Handling, handlingOf } from "../domain/handling.ts";
import { type Incident, isOver } from "../domain/incident.ts";
import { withEarliestStart } from "../domain/occurrence.ts";
import { isDuplicate, isNotified } from "../domain/outcome.ts";
import { type Hold, holdOf, waitOf } from "../domain/hold.ts";
import { deliveryId, type LoggedAlert, type Queued, type Routing } from "../domain/record.ts";
import { type Reach, reachOf, withinReach } from "../domain/reach.ts";
import { route as routesOf, type Routed, type Rule } from "../domain/rules.ts";
import { shrink } from "../domain/shrink.ts";
import { withTestEnd } from "../domain/test_alert.ts";
import { advance, type AdvanceOptions, type Decision } from "../domain/window.ts";
import { type WindowPolicy, windowPolicyOf } from "../domain/window_policy.ts";
import type { AlertFact } from "../domain/timeline.ts";
import { escalatedFrom, notifiedDestinations, withEscalatedGroups } from "./escalated_groups.ts";
import type { SignatureUse } from "../domain/signature.ts";

/** On arrival: the fingerprint of the alert, its enrichment, its groups, and the silence that covers it. */
export function onArrival(received: ReceivedAlert, context: ArrivalContext): PreparedAlert {
  return mute(route(enrich(identify(received, context), context), context), context);
}

/** While a commit is built: whether each group is notified, the log record and the queue entries. */
export function onCommit(prepared: PreparedAlert, context: CommitContext): EnqueuedAlert {
  return enqueue(decide(prepared, context));
}

/** Add the fingerprint, which identifies repeats of an alert, and whether the alert is a heartbeat. */
export function identify(
  { identity, ...received }: ReceivedAlert,
  { isHeartbeat }: ArrivalContext,
): IdentifiedAlert {
  const { alert } = received;
  const id = fingerprint(alert.dialect, identity);
  return { ...received, alert: withTestEnd(alert), fingerprint: id, heartbeat: isHeartbeat(alert, id) };
}

/** Add the labels and annotations of the tables that have a row for the alert; its fingerprint stays. */
export function enrich(identified: IdentifiedAlert, { enrich: tables }: ArrivalContext): IdentifiedAlert {
  return tables.length === 0 ? identified : { ...identified, alert: enriched(identified.alert, tables) };
}

/** Add the groups: the caller's own routes, otherwise by the group that it named, the rules, and the label `team`. */
export function route(identified: IdentifiedAlert, { target, groups, rules }: RouteContext): RoutedAlert {
  const { routes, beyond } = withinReach(routesTo(target));
  const escalatedTo = identified.alert.status === "resolved" ? escalatedFrom(routes, groups) : [];
  const routed = escalatedTo.length === 0
    ? { ...identified, routes }
    : { ...identified, routes, escalatedTo };
  return beyond.length === 0 ? routed : { ...routed, beyond: reachOf(beyond.map(({ group }) => group)) };

  function routesTo(target: AlertTarget | undefined): readonly Routed[] {
    if (typeof target !== "object") {
      return routesOf(identified.alert.labels, { named: target, groups, rules });
    }
    return "id" in target ? [{ group: target, by: "named" }] : target;
  }
}

/** Add the silence that covers the alert, and shorten it for the log: the steps before need all of its labels. */
export function mute(routed: RoutedAlert, { silenceOf }: ArrivalContext): PreparedAlert {
  const { alert, now } = routed;
  return { ...routed, alert: shrink(alert), silence: silenceOf(alert, now) };
}

/** Add the changed incident and, for each group, whether it is notified and from when. */
export function decide(prepared: PreparedAlert, context: CommitContext): DecidedAlert {
  const { alert, now } = prepared;
  const { id, incident, staleAfter, inhibitorOf, flushOf } = context;
  const routes = withEscalatedGroups(prepared, incident);
  const policies = routes.map(({ group }) => windowPolicyOf(group));
  const inhibitor = prepared.heartbeat ? undefined : inhibitorOf?.(alert.labels, incident?.id);
  const decision = decideOn(incident, prepared, policies, { id, staleAfter, inhibitor });
  const notifiedGroups = routes.filter((_, index) => isNotified(decision.outcomes[index]!));
  const messages = messagesOf(notifiedGroups.map(({ group }) => group), alert, { incident, flushOf, now });
  const routing = routes.map(({ group, by, rule }, index): Routing => {
    const outcome = decision.outcomes[index]!;
    const reason = rule === undefined ? { by } : { by, rule };
    if (!isNotified(outcome)) return { group: group.id, ...reason, outcome };
    return {
      group: group.id,
      ...reason,
      outcome: {
        ...outcome,
        ...waitOf(group, { severity: alert.severity, flush: messages[group.id]?.due, now }),
      },
      destinations: notifiedDestinations(group, outcome, decision.incident).map(({ id }) => id),
    };
  });
  const notified = routes.map(({ group }, index) => ({ group, outcome: routing[index]!.outcome }));
  const after = decision.incident && withEscalations({
    alert,
    before: incident,
    after: notifiedGroups.reduce(
      (after, { group: { id, grouping } }) =>
        grouping ? withMessage(after, { id, grouping }, messages[id]!) : after,
      decision.incident,
    ),
    routes: notified,
    now,
  });
  const fact = factOf({ id, routing }, { ...prepared, before: incident, after });
  const open = incident && !isOver(incident) ? incident : undefined;
  const handling = alert.status === "resolved" && open ? handlingOf(open) : undefined;
  return {
    ...prepared,
    alert: withEarliestStart(alert, open),
    routes,
    id,
    incident: after,
    routing,
    ...fact && { fact },
    ...handling && { handling },
  };
}

/** The decision on an alert. A repeated decision contains no new sign of its sender. */
function decideOn(
  incident: Incident | undefined,
  prepared: PreparedAlert,
  policies: readonly WindowPolicy[],
  options: Pick<AdvanceOptions, "id" | "staleAfter" | "inhibitor">,
): Decision {
  const decision = advance(incident, prepared.alert, policies, { ...prepared, ...options });
  if (!prepared.lifted || !incident || !decision.incident) return decision;
  const { resends: _resends, clearsAfter: _clearsAfter, ...after } = decision.incident;
  const { lastAt, resends, clearsAfter } = incident;
  return { ...decision, incident: { ...after, lastAt, ...defined({ resends, clearsAfter }) } };
}

/** The alert's entry in the timeline of its incident: the first one and duplicates have none. */
function factOf(
  { id, routing }: Pick<DecidedAlert, "id" | "routing">,
  { alert, assumed, before, after }: Pick<PreparedAlert, "alert" | "assumed"> & {
    before: Incident | undefined;
    after: Incident | undefined;
  },
): AlertFact | undefined {
  if (!before || before.id !== after?.id) return undefined;
  const windows = Object.values(before.windows);
  const mayBeSilenced = windows.length > 0 && !windows.some(({ silenced }) => silenced);
  const isResolved = alert.status === "resolved" && !isOver(before) || after.resolvedAt !== before.resolvedAt;
  const isInhibited = after.inhibited !== undefined && after.inhibited.by !== before.inhibited?.by;
  const isEvent = isResolved || isInhibited ||
    routing.some(({ outcome }) =>
      isNotified(outcome) || mayBeSilenced && outcome.kind === "suppressed" && outcome.by === "silence"
    );
  if (!isEvent) return undefined;
  return { kind: "alert", alert: id, as: likenessOf(alert, routing), ...assumed && { assumed } };
}

/** Equal for alerts with equal outcomes. */
function likenessOf({ status, severity }: Alert, routing: readonly Routing[]): string {
  const outcomes = routing.map(({ group, outcome }) => {
    if (outcome.kind === "told") {
      return `${group} ${outcome.reason} ${outcome.still ?? ""} ${outcome.held ?? outcome.flush ?? ""}`;
    }
    return outcome.kind === "suppressed"
      ? `${group} ${outcome.by} ${outcome.silence ?? ""}${outcome.incident ?? ""}`
      : group;
  });
  return sha256Hex([status, severity, ...outcomes].join("\n"), 8);
}

/** Add the log record and a delivery for each destination of each notified group. */
export function enqueue(decided: DecidedAlert): EnqueuedAlert {
  const { id, alert, fingerprint, payload, now, routes, routing, incident, beyond, handling } = decided;
  const { status, severity, startsAt } = alert;
  const isDuplicateForAll = routing.length > 0 && routing.every(({ outcome }) => isDuplicate(outcome));
  const logged: LoggedAlert = {
    id,
    at: now,
    fingerprint,
    incident: incident?.id ?? null,
    alert: isDuplicateForAll ? { status, severity, startsAt } : alert,
    routing,
    ...beyond && { beyond },
  };
  const deliveries: LaneDelivery[] = [];
  for (const [index, { outcome }] of routing.entries()) {
    if (!isNotified(outcome)) continue;
    const { group } = routes[index]!;
    const { reason, still, folded } = outcome;
    const about = {
      alert: id,
      fingerprint,
      reason,
      severity,
      folded,
      payload,
      at: now,
      ...handling && { handling },
    };
    deliveries.push(...deliveriesTo(notifiedDestinations(group, outcome, incident), {
      about: still ? { ...about, still } : about,
      group,
      hold: holdOf(outcome, incident?.messages?.[group.id]),
      idOf: (_, number) => deliveryId(id, deliveries.length + number),
    }));
  }
  return { ...decided, logged, deliveries };
}

/**
 * The deliveries of one notification of a group.
 *
 * @param options `hold`: the wait of its deliveries · `idOf`: the id of the delivery to a destination, which is the
 * `number`-th of this notification
 */
export function deliveriesTo(
  destinations: readonly Destination[],
  { group, about, hold, idOf }: {
    group: Group;
    about: Omit<Queued, "id" | "group" | "destination">;
    hold: Hold | undefined;
    idOf: (destination: Destination, number: number) => string;
  },
): LaneDelivery[] {
  return destinations.map((destination, number) => {
    const entry: Queued = {
      id: idOf(destination, number),
      group: group.id,
      destination: destination.id,
      ...about,
    };
    return {
      lane: destination.lane,
      entry: hold ? { ...entry, since: hold.due, ...hold } : entry,
    };
  });
}

/** The target of a caller's alerts: the id of a group (`owner/level`), a group, or routes of its own. */
export type AlertTarget = string | Group | readonly Routed[];

/** The inputs of an alert's groups. */
export type RouteContext = Pick<ArrivalContext, "target" | "groups" | "rules">;

/** The lookups of the steps on arrival. */
export interface ArrivalContext {
  readonly target?: AlertTarget | undefined;
  readonly groups: ReadonlyMap<string, Group>;
  readonly rules: readonly Rule[];
  readonly enrich: readonly Enrichment[];
  readonly isHeartbeat: (alert: Alert, fingerprint: string) => boolean;
  /** The id of the silence that covers an alert. */
  readonly silenceOf: (alert: Alert, now: number) => string | undefined;
}

/** The lookups of the steps inside a commit. */
export interface CommitContext {
  /** The id of the alert's record. */
  readonly id: string;
  /** The newest incident of its fingerprint. */
  readonly incident: Incident | undefined;
  /** Milliseconds of silence after which an incident leaves the list of open ones. */
  readonly staleAfter: number;
  /** The incident that inhibits alerts with these labels; `own`: excluded. Absent: no inhibition. */
  readonly inhibitorOf?: ((labels: Labels, own?: string) => string | undefined) | undefined;
  /** The next or the last flush of a message group that lives. Default: there is none. */
  readonly flushOf?: (messageGroup: string) => number | undefined;
}

/** The arrival of an alert. */
interface Arrival {
  /** The id of the payload, shared by the alerts of one request. */
  readonly payload: string;
  /** The time of receipt. */
  readonly now: number;
  /** The signature of the request. */
  readonly signature?: SignatureUse | undefined;
}

/** An alert as its dialect parsed it. */
export type ReceivedAlert = IncomingAlert & Arrival;

/** An alert with its fingerprint. */
export interface IdentifiedAlert extends Arrival {
  readonly alert: Alert;
  readonly fingerprint: string;
  /** Whether it is a heartbeat, which notifies nobody. */
  readonly heartbeat?: boolean | undefined;
}

/** An alert with its groups. */
export interface RoutedAlert extends IdentifiedAlert {
  readonly routes: readonly Routed[];
  /** For a resolved alert: the groups to which the routes' groups may have escalated the incident. */
  readonly escalatedTo?: readonly Group[];
  /** The groups and destinations of the rules over the reach of one alert. */
  readonly beyond?: Reach;
}

/** An alert that is ready for a commit. */
export interface PreparedAlert extends RoutedAlert {
  /** The id of the silence that covers it. */
  readonly silence?: string | undefined;
  /** Set when the relay made the resolved alert, because the sender was silent for too long. */
  readonly assumed?: true;
  /** Set for a repeated decision, because its inhibitor has ended: its sender did not send it now. */
  readonly lifted?: true;
}

/** An alert with its decisions. */
export interface DecidedAlert extends PreparedAlert {
  readonly id: string;
  /** Its incident after the alert; `undefined` for a resolved alert with nothing open. */
  readonly incident: Incident | undefined;
  readonly routing: readonly Routing[];
  /** Its entry in the timeline of its incident. */
  readonly fact?: AlertFact | undefined;
  /** For a resolved alert: the handling of its incident. */
  readonly handling?: Handling | undefined;
}

/** An alert with its records. */
export interface EnqueuedAlert extends DecidedAlert {
  readonly logged: LoggedAlert;
  readonly deliveries: readonly LaneDelivery[];
}

/** A delivery and the lane to queue it in. */
export interface LaneDelivery {
  readonly lane: string;
  readonly entry: Queued;
}
