import type { Alert } from "./alert.ts";
import type { FlapRule } from "./flap.ts";
import { GroupFlaps } from "./group_flaps.ts";
import { closed, type Incident, isOver, isStale, nobodyTold, type Window } from "./incident.ts";
import { latePeer } from "./late_peer.ts";
import { isResend, startsInFuture } from "./occurrence.ts";
import type { Outcome, Reason } from "./outcome.ts";
import { isWorse, type Severity, worst } from "./severity.ts";

/** The fields of a group that matter to its window. */
export interface Told {
  readonly group: string;
  /** The dedup period in milliseconds; 0 = off. */
  readonly window: number;
  /** Milliseconds after which a re-send is told again; never before the window is over. */
  readonly repeat?: number | undefined;
  /** How many destinations it has. */
  readonly destinations: number;
  readonly flap?: FlapRule | undefined;
}

/** What an alert changes. */
export interface Step {
  /** `undefined` when there is no incident, before and after. */
  readonly incident: Incident | undefined;
  /** One for each group, in their order. */
  readonly outcomes: readonly Outcome[];
}

/** What an alert is decided by, beside the incident and the groups. */
export interface AdvanceOptions {
  readonly fingerprint: string;
  /** The alert's own id. */
  readonly id: string;
  /** When it was received. */
  readonly now: number;
  /** Milliseconds of silence after which a new occurrence ends an acknowledgement. */
  readonly staleAfter: number;
  /** The sender did not send it: the incident is resolved because the sender was silent for too long. */
  readonly assumed?: boolean | undefined;
  /** The id of the silence that covers it. */
  readonly silence?: string | undefined;
  /** It always fires. */
  readonly heartbeat?: boolean | undefined;
}

/**
 * Decide what one alert changes in its incident, and whether each group is notified.
 *
 * @param known The newest incident of its fingerprint: open, silent, or closed a short time ago.
 * @param groups The groups that the alert was routed to.
 */
export function advance(
  known: Incident | undefined,
  alert: Pick<
    Alert,
    "dialect" | "status" | "severity" | "title" | "startsAt" | "startAssumed" | "endsAt" | "clearsAfter"
  >,
  groups: readonly Told[],
  options: AdvanceOptions,
): Step {
  const { fingerprint, id, now, staleAfter, silence } = options;
  const open = known && !isOver(known) ? known : undefined;
  if (options.heartbeat) return heartbeatStep(open, groups, options);
  if (open && isOfEarlier(open, alert)) return lateStep(open, groups, options);
  const late = known && !open ? latePeer(known, alert, options) : undefined;
  if (late) return lateStep({ ...known!, late }, groups, options);
  const flaps = new GroupFlaps(known, groups, { changed: (alert.status === "firing") === !open, now });
  if (alert.status === "resolved") return resolve(open, alert, groups, { ...options, flaps });

  // A new occurrence after a long silence is not what the person acknowledged.
  const resend = open !== undefined && isResend(open, alert);
  const isNew = open !== undefined && isStale(open, { now, staleAfter }) && !resend;
  const windows: Record<string, Window> = { ...open?.windows };
  const outcomes = groups.map(({ group, window, repeat = 0, destinations }): Outcome => {
    const current = windows[group];
    const tell = (reason: Reason): Outcome => {
      windows[group] = {
        until: now + window,
        severity: alert.severity,
        told: id,
        at: now,
        folded: 0,
        deliveries: destinations,
        dead: [],
      };
      const folded = current?.folded ?? 0;
      return resend && reason === "repeat"
        ? { kind: "told", reason, still: true, folded }
        : { kind: "told", reason, folded };
    };
    const count = (): void => {
      if (current && !resend) windows[group] = { ...current, folded: current.folded + 1 };
    };
    if (silence !== undefined) {
      count();
      if (windows[group]) windows[group] = { ...windows[group], silenced: true };
      return { kind: "suppressed", by: "silence", silence };
    }
    if (destinations === 0) return { kind: "suppressed", by: "no_destination" };
    const state = flaps.stateOf(group);
    if (state !== "calm") {
      const reason = flaps.tell(group, alert.severity);
      if (reason) return tell(reason);
      count();
      return { kind: "suppressed", by: "flapping" };
    }
    const acknowledged = open !== undefined && open.known && !isNew;
    const reason = reasonToTell(current, alert.severity, { now, acknowledged, resend, repeat });
    if (reason && !(acknowledged && reason === "repeat")) return tell(reason);
    count();
    if (reason) return { kind: "suppressed", by: "acknowledged" };
    return resend ? { kind: "folded", still: true } : { kind: "folded" };
  });
  const worsened = outcomes.some((outcome) => outcome.kind === "told" && outcome.reason === "changed");
  const { knownBy, knownAt, memo } = open ?? {};
  const stillKnown = open !== undefined && open.known && !worsened && !isNew;
  const startsAt = resend ? open.startsAt ?? alert.startsAt! : newest(open, alert.startsAt);
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
    ...alert.clearsAfter === undefined ? {} : { clearsAfter: alert.clearsAfter },
    closedAt: null,
    known: stillKnown,
    ...stillKnown && knownBy !== undefined ? { knownBy } : {},
    ...stillKnown && knownAt !== undefined ? { knownAt } : {},
    ...memo === undefined ? {} : { memo },
    ...flaps.kept({ isOpen: true }),
  };
  return { incident, outcomes };
}

/** The longest time between an alert and its re-send. */
function resendsOf(
  open: Incident | undefined,
  { resend, now }: { resend: boolean; now: number },
): Pick<Incident, "resends"> {
  if (!resend || !open) return open?.resends === undefined ? {} : { resends: open.resends };
  return { resends: Math.max(open.resends ?? 0, now - open.lastAt) };
}

/** A heartbeat belongs to no incident. One that was open before the alert became a heartbeat ends, and nobody is notified. */
function heartbeatStep(
  open: Incident | undefined,
  groups: readonly Told[],
  { id, now }: AdvanceOptions,
): Step {
  return {
    incident: open && { ...closed(open, now), lastAt: now, lastId: id, count: open.count + 1, known: true },
    outcomes: groups.map((): Outcome => ({ kind: "suppressed", by: "heartbeat" })),
  };
}

/** A late peer's alert: it is counted, and nobody is notified now. */
function lateStep(incident: Incident, groups: readonly Told[], { id, now, silence }: AdvanceOptions): Step {
  return {
    incident: { ...incident, lastAt: now, lastId: id, count: incident.count + 1 },
    outcomes: groups.map(({ destinations }): Outcome => {
      if (silence !== undefined) return { kind: "suppressed", by: "silence", silence };
      return { kind: "suppressed", by: destinations === 0 ? "no_destination" : "late_peer" };
    }),
  };
}

/**
 * Whether a resolved belongs to an occurrence that ended before the open one began. With the same start it never does:
 * when a sender gives only an end, Alertmanager uses it as the start, too.
 */
function isOfEarlier(
  open: Incident,
  { status, startsAt, endsAt }: Pick<Alert, "status" | "startsAt" | "endsAt">,
): boolean {
  if (status !== "resolved" || endsAt === null || open.startsAt === undefined) return false;
  if (startsInFuture(open)) return false;
  return endsAt <= open.startsAt && (startsAt === null || startsAt < open.startsAt);
}

function newest(open: Incident | undefined, start: number | null): number | undefined {
  if (start === null || !open || startsInFuture(open)) return start ?? open?.startsAt;
  return Math.max(start, open.startsAt ?? start);
}

/** The question to a window. `resend`: the alert is no new occurrence, so `repeat` counts, too. */
interface Asked {
  readonly now: number;
  readonly resend: boolean;
  readonly repeat: number;
}

/** Why a firing alert is told in spite of its window; `undefined` when the window folds it. */
function reasonToTell(
  window: Window | undefined,
  severity: Severity,
  { acknowledged, ...asked }: Asked & { acknowledged: boolean },
): Reason | undefined {
  if (!window) return "first";
  const rose = isWorse(severity, window.severity);
  if (!isDue(window, asked)) return rose ? "changed" : undefined;
  // An acknowledgement stops repeats, but not the news that the severity rose.
  return rose && (acknowledged || asked.resend) ? "changed" : "repeat";
}

/** Whether the group is to be told once more. */
function isDue(window: Window, { now, resend, repeat }: Asked): boolean {
  if (now < window.until) return false;
  // Early versions did not store `at`: then the group is told now.
  const isRepeatOver = (window.at ?? 0) + repeat <= now;
  return !resend || isRepeatOver || window.silenced === true || nobodyTold(window);
}

function resolve(
  open: Incident | undefined,
  alert: Pick<Alert, "severity" | "startsAt">,
  groups: readonly Told[],
  { id, now, silence, assumed, flaps }: AdvanceOptions & { flaps: GroupFlaps },
): Step {
  const outcomes = groups.map(({ group, destinations }): Outcome => {
    if (silence !== undefined) return { kind: "suppressed", by: "silence", silence };
    if (destinations === 0) return { kind: "suppressed", by: "no_destination" };
    if (!open) return { kind: "suppressed", by: "nothing_open" };
    const window = open.windows[group];
    if (flaps.stateOf(group) !== "calm") {
      const reason = flaps.tell(group, worst([open.severity, alert.severity]));
      return reason
        ? { kind: "told", reason, folded: window?.folded ?? 0 }
        : { kind: "suppressed", by: "flapping" };
    }
    if (!window) return { kind: "suppressed", by: "nothing_open" };
    return { kind: "told", reason: "resolved", folded: window.folded };
  });
  if (!open) return { incident: undefined, outcomes };
  const { flaps: _flaps, startsAt, ...rest } = open;
  // A firing can be a late peer's only if the sender itself resolved this occurrence.
  const isSaid = !assumed && alert.startsAt !== null && !startsInFuture(open);
  const ended = isSaid ? startsAt : undefined;
  return {
    incident: {
      ...closed(rest, now),
      ...ended === undefined ? {} : { startsAt: ended },
      lastAt: now,
      lastId: id,
      count: open.count + 1,
      known: true,
      ...flaps.kept({ isOpen: false }),
    },
    outcomes,
  };
}
