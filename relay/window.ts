import type { Alert } from "./alert.ts";
import { type Flap, flapOn, type FlapRule, type FlapState, isTooBadToHush } from "./flap.ts";
import { isWorse, type Severity, worst } from "./severity.ts";

/**
 * Why a group is told of an alert. `flapping`: it comes and goes, and the group hears no more of it until it is
 * `settled` · `reminder`: it is critical, and nobody has said that they know.
 */
export type Reason = "first" | "repeat" | "changed" | "resolved" | "reminder" | "flapping" | "settled";

/** Whether a notification of this reason only comes back to what was told: no alert was accepted for it. */
export function isRetelling(reason: Reason): boolean {
  return reason === "reminder" || reason === "settled";
}

/** Why a group is not told, other than that the alert was folded into an open window. */
export type Suppression = "nothing_open" | "no_destination" | "silence" | "acknowledged" | "flapping";

/** What one alert came to for one group. */
export type Outcome =
  | {
    readonly kind: "told";
    readonly reason: Reason;
    /** How many alerts the group was not told of since it was last told. */
    readonly folded: number;
    /** The end of the quiet hours that it waits for. */
    readonly held?: number;
  }
  | { readonly kind: "folded" }
  | {
    readonly kind: "suppressed";
    readonly by: Suppression;
    /** With `by: "silence"`: the id of the silence. */
    readonly silence?: string;
  };

/** Whether a group is not told because it, or somebody, knows already: no sender needs to worry about that. */
export function isHushed(outcome: Outcome): boolean {
  if (outcome.kind === "folded") return true;
  return outcome.kind === "suppressed" && ["silence", "acknowledged", "flapping"].includes(outcome.by);
}

/** The dedup period of one group and one fingerprint. Over when `until` is reached, whatever else is stored. */
export interface Window {
  readonly until: number;
  /** The worst severity that the group was told of. */
  readonly severity: Severity;
  /** The id of the alert that the group was told of. */
  readonly told: string;
  /** When it was told. */
  readonly at: number;
  /** When it was last reminded, and how often. */
  readonly reminded?: { readonly at: number; readonly count: number };
  /** Alerts since then that it was not told of. */
  readonly folded: number;
  /** Deliveries of the telling notification, and which of them died: when all did, nobody was told. */
  readonly deliveries: number;
  readonly dead: readonly string[];
}

/** All alerts with one fingerprint, from the first firing to resolved. */
export interface Incident {
  /** The id of its first alert. */
  readonly id: string;
  readonly fingerprint: string;
  readonly dialect: string;
  readonly title: string;
  readonly severity: Severity;
  readonly openedAt: number;
  readonly lastAt: number;
  /** The id of its newest alert: a later one sorts after it, even when another instance's clock is behind. */
  readonly lastId: string;
  readonly count: number;
  /** By group id. */
  readonly windows: Readonly<Record<string, Window>>;
  /** It counts as resolved after so many milliseconds of silence. */
  readonly clearsAfter?: number;
  /** `null` while it is open. */
  readonly closedAt: number | null;
  /** Whether somebody knows of it: acknowledged by a person, or over by itself. */
  readonly known: boolean;
  /** Who acknowledged it, when, and what was said of it. */
  readonly knownBy?: string;
  readonly knownAt?: number;
  readonly memo?: string;
  /** Once it is over: the ids of the groups that were told of it. While it is open, its windows say so. */
  readonly told?: readonly string[];
  /** By group id, where the group damps flapping. The next incident of the fingerprint inherits it. */
  readonly flaps?: Readonly<Record<string, Flap>>;
}

/** A group, as far as the windows care. */
export interface Told {
  readonly group: string;
  /** The dedup period in milliseconds; 0 = off. */
  readonly window: number;
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

/** Whether an incident was silent for so long that the next alert starts a new one. */
export function isStale(
  incident: Incident,
  { now, staleAfter }: { now: number; staleAfter: number },
): boolean {
  return incident.lastAt + staleAfter <= now;
}

/** Whether an incident counts as resolved, because its sender only repeats it and has stopped. */
export function isOverdue({ lastAt, clearsAfter }: Incident, now: number): boolean {
  return clearsAfter !== undefined && lastAt + clearsAfter <= now;
}

/** Whether the store's single writer must know of it: it is open, or its fingerprint came and went of late. */
export function isCurrent({ closedAt, flaps }: Incident): boolean {
  return closedAt === null || flaps !== undefined;
}

/** What an alert is decided by, beside the incident and the groups. */
export interface AdvanceOptions {
  readonly fingerprint: string;
  /** The alert's own id. */
  readonly id: string;
  /** When it was received. */
  readonly now: number;
  /** Milliseconds of silence after which an incident counts as closed. */
  readonly staleAfter: number;
  /** The id of the silence that covers it. */
  readonly silence?: string | undefined;
}

/**
 * What one alert does to its incident, and what each group hears of it.
 *
 * @param known The newest incident of its fingerprint: the open one, or one that is over and may flap.
 * @param groups Whom the alert was routed to.
 */
export function advance(
  known: Incident | undefined,
  alert: Pick<Alert, "dialect" | "status" | "severity" | "title" | "clearsAfter">,
  groups: readonly Told[],
  options: AdvanceOptions,
): Step {
  const { fingerprint, id, now, staleAfter, silence } = options;
  const open = known && known.closedAt === null && !isStale(known, { now, staleAfter }) ? known : undefined;
  const flaps = new Flaps(known, groups, { changed: (alert.status === "firing") === !open, now });
  if (alert.status === "resolved") return resolve(open, alert, groups, { ...options, flaps });

  const windows: Record<string, Window> = { ...open?.windows };
  const outcomes = groups.map(({ group, window, destinations }): Outcome => {
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
      return { kind: "told", reason, folded: current?.folded ?? 0 };
    };
    const count = (): void => {
      if (current) windows[group] = { ...current, folded: current.folded + 1 };
    };
    if (silence !== undefined) {
      count();
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
    const acknowledged = open?.known ?? false;
    const reason = reasonToTell(current, alert.severity, { now, acknowledged });
    if (reason && !(acknowledged && reason === "repeat")) return tell(reason);
    count();
    return reason ? { kind: "suppressed", by: "acknowledged" } : { kind: "folded" };
  });
  const worsened = outcomes.some((outcome) => outcome.kind === "told" && outcome.reason === "changed");
  const { knownBy, knownAt, memo } = open ?? {};
  const stillKnown = open !== undefined && open.known && !worsened;
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
    ...alert.clearsAfter === undefined ? {} : { clearsAfter: alert.clearsAfter },
    closedAt: null,
    known: stillKnown,
    ...stillKnown && knownBy !== undefined ? { knownBy } : {},
    ...stillKnown && knownAt !== undefined ? { knownAt } : {},
    ...memo === undefined ? {} : { memo },
    ...flaps.kept(),
  };
  return { incident, outcomes };
}

/** The incident once it is over: its windows end with it. */
export function closed(incident: Incident, closedAt: number): Incident {
  return { ...incident, windows: {}, told: groupsTold(incident), closedAt };
}

/** The ids of the groups that were told of an incident. */
export function groupsTold({ windows, told }: Pick<Incident, "windows" | "told">): readonly string[] {
  return told ?? Object.keys(windows);
}

/** Why a firing alert is told in spite of its window; `undefined` when the window folds it. */
function reasonToTell(
  window: Window | undefined,
  severity: Severity,
  { now, acknowledged }: { now: number; acknowledged: boolean },
): Reason | undefined {
  if (!window) return "first";
  const rose = isWorse(severity, window.severity);
  // Who knows of it hears no repeat, but does hear that it is worse than they knew.
  if (window.until <= now) return acknowledged && rose ? "changed" : "repeat";
  return rose ? "changed" : undefined;
}

function resolve(
  open: Incident | undefined,
  alert: Pick<Alert, "severity">,
  groups: readonly Told[],
  { id, now, silence, flaps }: AdvanceOptions & { flaps: Flaps },
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
  const { flaps: _flaps, ...rest } = open;
  return {
    incident: {
      ...closed(rest, now),
      lastAt: now,
      lastId: id,
      count: open.count + 1,
      known: true,
      ...flaps.kept(),
    },
    outcomes,
  };
}

/** How the groups that damp flapping see a fingerprint, while an alert is decided. */
class Flaps {
  readonly #flaps = new Map<string, Flap>();
  readonly #states = new Map<string, FlapState>();

  constructor(
    known: Incident | undefined,
    groups: readonly Told[],
    { changed, now }: { changed: boolean; now: number },
  ) {
    if (known?.flaps) {
      for (const [group, flap] of Object.entries(known.flaps)) {
        this.#flaps.set(group, flap);
      }
    }
    for (const { group, flap: rule, destinations } of groups) {
      if (!rule || destinations === 0) continue;
      const { flap, state } = flapOn(this.#flaps.get(group), rule, { changed, now });
      this.#flaps.set(group, flap);
      this.#states.set(group, state);
    }
  }

  stateOf(group: string): FlapState {
    return this.#states.get(group) ?? "calm";
  }

  /** Why a group is told in spite of the flapping, which is thereby noted; `undefined` when it is not. */
  tell(group: string, severity: Severity): Reason | undefined {
    const flap = this.#flaps.get(group)!;
    const begins = this.stateOf(group) === "begins";
    if (!begins && !isTooBadToHush(flap, severity)) return undefined;
    this.#flaps.set(group, { ...flap, told: severity });
    return begins ? "flapping" : "changed";
  }

  /** What the incident keeps. */
  kept(): Pick<Incident, "flaps"> {
    const flaps = [...this.#flaps].filter(([, { changes }]) => changes.length > 0);
    return flaps.length > 0 ? { flaps: Object.fromEntries(flaps) } : {};
  }
}

/**
 * The incident after a delivery died. When no delivery of the telling notification is left, nobody was told: the window
 * ends, so that the next firing is told.
 *
 * @returns `undefined` when nothing changes, for example because the group was told anew since.
 */
export function afterDeath(
  incident: Incident | undefined,
  { group, alert, delivery, now }: { group: string; alert: string; delivery: string; now: number },
): Incident | undefined {
  const window = incident?.windows[group];
  if (!incident || !window || window.told !== alert || window.dead.includes(delivery)) return undefined;
  const dead = [...window.dead, delivery];
  const until = dead.length >= window.deliveries ? Math.min(window.until, now) : window.until;
  return { ...incident, windows: { ...incident.windows, [group]: { ...window, dead, until } } };
}
