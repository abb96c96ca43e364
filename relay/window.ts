import type { Alert } from "./alert.ts";
import { isWorse, type Severity } from "./severity.ts";

/** Why a group is told of an alert. */
export type Reason = "first" | "repeat" | "changed" | "resolved" | "reminder";

/** Why a group is not told, other than that the alert was folded into an open window. */
export type Suppression = "nothing_open" | "no_destination";

/** What one alert came to for one group. `folded`: how many alerts were folded since the group was last told. */
export type Outcome =
  | { readonly kind: "told"; readonly reason: Reason; readonly folded: number }
  | { readonly kind: "folded" }
  | { readonly kind: "suppressed"; readonly by: Suppression };

/** The dedup period of one group and one fingerprint. Over when `until` is reached, whatever else is stored. */
export interface Window {
  readonly until: number;
  /** The worst severity that the group was told of. */
  readonly severity: Severity;
  /** The id of the alert that the group was told of. */
  readonly told: string;
  /** Alerts folded since then. */
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
}

/** A group, as far as the windows care. */
export interface Told {
  readonly group: string;
  /** The dedup period in milliseconds; 0 = off. */
  readonly window: number;
  /** How many destinations it has. */
  readonly destinations: number;
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

/**
 * What one alert does to its incident, and what each group hears of it.
 *
 * @param known The open incident of its fingerprint, if there is one.
 * @param groups Whom the alert was routed to.
 * @param options `id`: the alert's own id · `now`: when it was received · `staleAfter`: milliseconds of silence after
 * which an incident counts as closed.
 */
export function advance(
  known: Incident | undefined,
  alert: Pick<Alert, "dialect" | "status" | "severity" | "title" | "clearsAfter">,
  groups: readonly Told[],
  { fingerprint, id, now, staleAfter }: { fingerprint: string; id: string; now: number; staleAfter: number },
): Step {
  const open = known && known.closedAt === null && !isStale(known, { now, staleAfter }) ? known : undefined;
  if (alert.status === "resolved") return resolve(open, groups, { id, now });

  const windows: Record<string, Window> = { ...open?.windows };
  const outcomes = groups.map(({ group, window, destinations }): Outcome => {
    if (destinations === 0) return { kind: "suppressed", by: "no_destination" };
    const current = windows[group];
    const reason = reasonToTell(current, alert.severity, now);
    if (current && !reason) {
      windows[group] = { ...current, folded: current.folded + 1 };
      return { kind: "folded" };
    }
    windows[group] = {
      until: now + window,
      severity: alert.severity,
      told: id,
      folded: 0,
      deliveries: destinations,
      dead: [],
    };
    return { kind: "told", reason: reason ?? "first", folded: current?.folded ?? 0 };
  });
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
    known: open?.known ?? false,
  };
  return { incident, outcomes };
}

/** Why a firing alert is told in spite of its window; `undefined` when the window folds it. */
function reasonToTell(window: Window | undefined, severity: Severity, now: number): Reason | undefined {
  if (!window) return "first";
  if (window.until <= now) return "repeat";
  return isWorse(severity, window.severity) ? "changed" : undefined;
}

function resolve(
  open: Incident | undefined,
  groups: readonly Told[],
  { id, now }: { id: string; now: number },
): Step {
  const outcomes = groups.map(({ group, destinations }): Outcome => {
    if (destinations === 0) return { kind: "suppressed", by: "no_destination" };
    const window = open?.windows[group];
    if (!window) return { kind: "suppressed", by: "nothing_open" };
    return { kind: "told", reason: "resolved", folded: window.folded };
  });
  if (!open) return { incident: undefined, outcomes };
  return {
    incident: {
      ...open,
      lastAt: now,
      lastId: id,
      count: open.count + 1,
      windows: {},
      closedAt: now,
      known: true,
    },
    outcomes,
  };
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
