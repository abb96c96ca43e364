import { acknowledgementOf, unacknowledged } from "./acknowledge.ts";
import { afterClose, isOfClosed } from "./after_close.ts";
import type { Alert } from "./alert.ts";
import { GroupFlaps } from "./group_flaps.ts";
import { closed, type Incident, isOver, isStale, nobodyNotified, type Window } from "./incident.ts";
import { latePeer } from "./late_peer.ts";
import { isRenewing, isResend, startsInFuture } from "./occurrence.ts";
import { type AlertReason, isNotified, type Outcome } from "./outcome.ts";
import { isWorse, type Severity, worst } from "./severity.ts";
import { lifeAfter } from "./renewal.ts";
import { openedWindow, type WindowPolicy } from "./window_policy.ts";

/** The decision on an alert. */
export interface Decision {
  /** The incident after the alert; `undefined` when there is none. */
  readonly incident: Incident | undefined;
  /** One for each group, in order. */
  readonly outcomes: readonly Outcome[];
}

/** The fields of an alert that the decision depends on. */
type DecidingAlert = Pick<
  Alert,
  "dialect" | "status" | "severity" | "title" | "startsAt" | "startAssumed" | "endsAt" | "clearsAfter"
>;

/** The inputs of the decision, in addition to the incident and the groups. */
export interface AdvanceOptions {
  readonly fingerprint: string;
  /** The alert's own id. */
  readonly id: string;
  /** The time of receipt. */
  readonly now: number;
  /** Milliseconds of silence after which a new occurrence ends an acknowledgement. */
  readonly staleAfter: number;
  /** Set when the relay made the resolved alert, because the sender was silent for too long. */
  readonly assumed?: boolean | undefined;
  /** The id of the silence that covers it. */
  readonly silence?: string | undefined;
  /** The id of the incident that inhibits it. */
  readonly inhibitor?: string | undefined;
  /** Whether it is a heartbeat. */
  readonly heartbeat?: boolean | undefined;
}

/**
 * Decide the effect of one alert on its incident, and whether each group is notified.
 *
 * @param newest The newest incident of its fingerprint: open, stale, or recently closed.
 * @param groups The policies of the groups that the alert was routed to.
 */
export function advance(
  newest: Incident | undefined,
  alert: DecidingAlert,
  groups: readonly WindowPolicy[],
  options: AdvanceOptions,
): Decision {
  const open = newest && !isOver(newest) ? newest : undefined;
  if (options.heartbeat) return onHeartbeat(open, groups, options);
  if (open && isOfEarlier(open, alert)) return onLatePeer(open, groups, options);
  if (newest && !open && isOfClosed(newest, alert, options.now)) {
    return isOfEarlier(newest, alert)
      ? onLatePeer(newest, groups, options)
      : afterClose(newest, alert, groups, options);
  }
  const late = newest && !open ? latePeer(newest, alert, options) : undefined;
  if (late) return onLatePeer({ ...newest!, late }, groups, options);
  const changed = (alert.status === "firing") === !open;
  const flaps = new GroupFlaps(newest, groups, { changed, now: options.now });
  return alert.status === "resolved"
    ? onResolved(open, alert, groups, { ...options, flaps })
    : onFiring(open, alert, groups, { ...options, flaps });
}

function onFiring(
  open: Incident | undefined,
  alert: DecidingAlert,
  groups: readonly WindowPolicy[],
  { id, fingerprint, now, staleAfter, silence, inhibitor, flaps }: AdvanceOptions & { flaps: GroupFlaps },
): Decision {
  // An acknowledgement does not apply to a new occurrence after a long silence.
  const resend = open !== undefined && isResend(open, alert);
  const isNew = open !== undefined && isStale(open, { now, staleAfter }) && !resend;
  const windows: Record<string, Window> = { ...open?.windows };
  const outcomes = groups.map((policy): Outcome => {
    const { group, repeat = 0, destinations, isGrouped = false } = policy;
    const current = windows[group];
    const notify = (reason: AlertReason): Outcome => {
      windows[group] = openedWindow(policy, { alert: id, severity: alert.severity, now });
      const folded = current?.folded ?? 0;
      return resend && reason === "repeat"
        ? { kind: "told", reason, still: true, folded }
        : { kind: "told", reason, folded };
    };
    const count = (): void => {
      if (current && !resend) windows[group] = { ...current, folded: current.folded + 1 };
    };
    const suppressed = suppressedBy({ silence, inhibitor });
    if (suppressed) {
      count();
      if (windows[group]) windows[group] = { ...windows[group], silenced: true };
      return suppressed;
    }
    if (destinations === 0) return { kind: "suppressed", by: "no_destination" };
    if (flaps.stateOf(group) !== "calm") {
      const reason = flaps.reasonToNotify(group, alert.severity);
      if (reason) return notify(reason);
      count();
      return { kind: "suppressed", by: "flapping" };
    }
    const acknowledged = open !== undefined && open.known && !isNew;
    const reason = reasonToNotify(current, alert.severity, {
      now,
      acknowledged,
      resend,
      repeat,
      isGrouped,
    });
    if (reason && !(acknowledged && reason === "repeat")) return notify(reason);
    count();
    if (reason) return { kind: "suppressed", by: "acknowledged" };
    return resend ? { kind: "folded", still: true } : { kind: "folded" };
  });
  const worsened = outcomes.some((outcome) => isNotified(outcome) && outcome.reason === "changed");
  const isNoLongerKnown = open !== undefined && open.known && (worsened || isNew);
  const state = isNoLongerKnown ? unacknowledged(open, now) : open;
  const startsAt = resend ? startOfResent(open, alert) : latestStart(open, alert.startsAt);
  const incident: Incident = {
    id: open?.id ?? id,
    fingerprint,
    dialect: alert.dialect,
    title: alert.title,
    severity: alert.severity,
    openedAt: open?.openedAt ?? now,
    lastAt: now,
    lastId: id,
    count: (open?.count ?? 0) + 1,
    windows,
    ...startsAt === undefined ? {} : { startsAt },
    ...resendsOf(open, { resend, now }),
    ...lifeAfter(open, { dialect: alert.dialect, clearsAfter: alert.clearsAfter, now }),
    closedAt: null,
    ...silence === undefined && inhibitor !== undefined && { inhibited: { by: inhibitor, alert: id } },
    ...acknowledgementOf(state ?? { known: false }),
    ...state?.memo === undefined ? {} : { memo: state.memo },
    ...state?.timeline && { timeline: state.timeline },
    ...open?.messages && { messages: open.messages },
    ...flaps.stored({ isOpen: true }),
  };
  return { incident, outcomes };
}

/** The suppressor of an alert for all of its groups. A silence takes precedence: a person made it. */
function suppressedBy(
  { silence, inhibitor }: Pick<AdvanceOptions, "silence" | "inhibitor">,
): Outcome | undefined {
  if (silence !== undefined) return { kind: "suppressed", by: "silence", silence };
  if (inhibitor !== undefined) return { kind: "suppressed", by: "inhibited", incident: inhibitor };
}

/** The start of the occurrence that an alert re-sends: of two senders' starts, the earlier one. */
function startOfResent(open: Incident, { dialect, startsAt }: Pick<Alert, "dialect" | "startsAt">): number {
  const known = open.startsAt ?? startsAt!;
  return isRenewing(dialect) ? Math.min(known, startsAt ?? known) : known;
}

/** The longest time between an alert and its re-send. */
function resendsOf(
  open: Incident | undefined,
  { resend, now }: { resend: boolean; now: number },
): Pick<Incident, "resends"> {
  if (!resend || !open) return open?.resends === undefined ? {} : { resends: open.resends };
  return { resends: Math.max(open.resends ?? 0, now - open.lastAt) };
}

/** A heartbeat belongs to no incident. An incident from before the alert was a heartbeat ends without a notification. */
function onHeartbeat(
  open: Incident | undefined,
  groups: readonly WindowPolicy[],
  { id, now }: AdvanceOptions,
): Decision {
  return {
    incident: open && { ...closed(open, now), lastAt: now, lastId: id, count: open.count + 1, known: true },
    outcomes: groups.map((): Outcome => ({ kind: "suppressed", by: "heartbeat" })),
  };
}

/** A late peer's alert is counted, and no group is notified now. */
function onLatePeer(
  incident: Incident,
  groups: readonly WindowPolicy[],
  { id, now, silence }: AdvanceOptions,
): Decision {
  return {
    incident: { ...incident, lastAt: now, lastId: id, count: incident.count + 1 },
    outcomes: groups.map(({ destinations }): Outcome => {
      if (silence !== undefined) return { kind: "suppressed", by: "silence", silence };
      return { kind: "suppressed", by: destinations === 0 ? "no_destination" : "late_peer" };
    }),
  };
}

/**
 * Whether a resolved alert belongs to an occurrence that ended before the open one began. With the same start it never does:
 * if a sender gives only an end, Alertmanager also uses it as the start.
 */
function isOfEarlier(
  open: Incident,
  { status, startsAt, endsAt }: Pick<Alert, "status" | "startsAt" | "endsAt">,
): boolean {
  if (status !== "resolved" || endsAt === null || open.startsAt === undefined) return false;
  if (startsInFuture(open)) return false;
  return endsAt <= open.startsAt && (startsAt === null || startsAt < open.startsAt);
}

function latestStart(open: Incident | undefined, start: number | null): number | undefined {
  if (start === null || !open || startsInFuture(open)) return start ?? open?.startsAt;
  return Math.max(start, open.startsAt ?? start);
}

/** The inputs of a window's decision to notify again. `resend`: the alert is a re-send, so `repeat` applies as well. */
interface WindowContext {
  readonly now: number;
  readonly resend: boolean;
  readonly repeat: number;
  readonly isGrouped: boolean;
}

/** The reason why a group is notified of a firing alert in spite of its window; `undefined` for a duplicate. */
function reasonToNotify(
  window: Window | undefined,
  severity: Severity,
  { acknowledged, ...context }: WindowContext & { acknowledged: boolean },
): AlertReason | undefined {
  if (!window) return "first";
  const rose = isWorse(severity, window.severity);
  if (!isDue(window, context)) return rose ? "changed" : undefined;
  // An acknowledgement stops repeats but not notifications of a rising severity.
  return rose && (acknowledged || context.resend) ? "changed" : "repeat";
}

/** Whether the group is to be notified again. */
function isDue(window: Window, { now, resend, repeat, isGrouped }: WindowContext): boolean {
  // It is repeated at the flushes of its message group.
  if (isGrouped) return window.silenced === true || nobodyNotified(window);
  if (now < window.until) return false;
  // Early versions did not store `at`: then the group is notified now.
  const isRepeatOver = (window.at ?? 0) + repeat <= now;
  return !resend || isRepeatOver || window.silenced === true || nobodyNotified(window);
}

function onResolved(
  open: Incident | undefined,
  alert: Pick<Alert, "severity" | "startsAt">,
  groups: readonly WindowPolicy[],
  { id, now, silence, inhibitor = open?.inhibited?.by, assumed, flaps }: AdvanceOptions & {
    flaps: GroupFlaps;
  },
): Decision {
  const outcomes = groups.map(({ group, destinations }): Outcome => {
    if (silence !== undefined) return { kind: "suppressed", by: "silence", silence };
    if (destinations === 0) return { kind: "suppressed", by: "no_destination" };
    if (!open) return { kind: "suppressed", by: "nothing_open" };
    const window = open.windows[group];
    if (flaps.stateOf(group) !== "calm") {
      const reason = flaps.reasonToNotify(group, worst([open.severity, alert.severity]));
      return reason
        ? { kind: "told", reason, folded: window?.folded ?? 0 }
        : { kind: "suppressed", by: "flapping" };
    }
    // A group that was notified is notified of the end, whatever inhibits the alert now.
    if (!window) return suppressedBy({ inhibitor }) ?? { kind: "suppressed", by: "nothing_open" };
    return { kind: "told", reason: "resolved", folded: window.folded };
  });
  if (!open) return { incident: undefined, outcomes };
  const { flaps: _flaps, startsAt, ...rest } = open;
  // A firing can be a late peer's only if the sender itself resolved this occurrence.
  const isResolvedBySender = !assumed && alert.startsAt !== null && !startsInFuture(open);
  const ended = isResolvedBySender ? startsAt : undefined;
  return {
    incident: {
      ...closed(rest, now),
      ...ended === undefined ? {} : { startsAt: ended },
      lastAt: now,
      lastId: id,
      count: open.count + 1,
      known: true,
      ...flaps.stored({ isOpen: false }),
    },
    outcomes,
  };
}
