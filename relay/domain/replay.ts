import { defined } from "../base/defined.ts";
import { isWhole, type LoggedAlert } from "./record.ts";
import type { Incident } from "./incident.ts";
import type { Outcome } from "./outcome.ts";
import { advance } from "./window.ts";
import type { WindowPolicy } from "./window_policy.ts";

/** The fields of a logged alert that decide on the windows of one group. */
export interface ReplayedAlert {
  readonly id: string;
  readonly at: number;
  readonly fingerprint: string;
  readonly status: LoggedAlert["alert"]["status"];
  readonly severity: LoggedAlert["alert"]["severity"];
  readonly startsAt: number | null;
  /** `undefined` if the log does not store the alert whole. */
  readonly dialect?: string;
  readonly startAssumed?: true;
  /** The id of the silence that covered it. */
  readonly silence?: string;
  /** Whether its incident was acknowledged, or closed by a person. */
  readonly acknowledged: boolean;
  /** The actual outcome. */
  readonly outcome: Outcome["kind"];
  /** Whether it was a heartbeat. */
  readonly heartbeat: boolean;
  /** Whether it was a duplicate as a re-send. */
  readonly still: boolean;
}

/** The dialect assumed for an alert that the log stores only as a re-send. */
const REPEATING = "alertmanager";

/** The number of alerts by outcome. */
export type Counts = Readonly<Record<Outcome["kind"], number>>;

/** A logged alert for the windows of one group; `undefined` when it was not routed to this group. */
export function replayedFor(
  group: string,
  { id, at, fingerprint, alert, routing }: LoggedAlert,
): ReplayedAlert | undefined {
  const outcome = routing.find((routing) => routing.group === group)?.outcome;
  if (!outcome) return undefined;
  const by = outcome.kind === "suppressed" ? outcome.by : undefined;
  const silence = outcome.kind === "suppressed" ? outcome.silence : undefined;
  const { status, severity, startsAt } = alert;
  return {
    id,
    at,
    fingerprint,
    status,
    severity,
    startsAt,
    ...isWhole(alert) ? defined({ dialect: alert.dialect, startAssumed: alert.startAssumed }) : {},
    ...defined({ silence }),
    acknowledged: by === "acknowledged" || by === "closed",
    outcome: outcome.kind,
    heartbeat: by === "heartbeat",
    still: outcome.kind === "folded" && outcome.still === true,
  };
}

/**
 * What a group would have been notified of with other windows: decides the logged alerts again. No incident is open before the
 * first alert, so compare only replays with the same start.
 *
 * @param alerts The oldest first.
 */
export function replay(
  alerts: readonly ReplayedAlert[],
  group: WindowPolicy,
  { staleAfter }: { staleAfter: number },
): Counts {
  const incidents = new Map<string, Incident>();
  const counts = { told: 0, folded: 0, suppressed: 0 };
  for (const { id, at, fingerprint, silence, acknowledged, heartbeat, still, ...alert } of alerts) {
    const before = incidents.get(fingerprint);
    const dialect = alert.dialect ?? (before?.dialect || (still ? REPEATING : ""));
    const { incident, outcomes } = advance(
      before && { ...before, known: before.closedAt === null ? acknowledged || before.known : before.known },
      { ...alert, dialect, title: "", endsAt: null },
      [group],
      { fingerprint, id, now: at, staleAfter, silence, heartbeat },
    );
    if (incident) incidents.set(fingerprint, incident);
    counts[outcomes[0]!.kind]++;
  }
  return counts;
}
