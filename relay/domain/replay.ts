import { defined } from "../base/defined.ts";
import { isWhole, type LoggedAlert } from "./record.ts";
import type { Incident } from "./incident.ts";
import type { Outcome } from "./outcome.ts";
import { advance, type WindowPolicy } from "./window.ts";

/** The fields of an alert of the log that decide on the windows of one group. */
export interface ReplayedAlert {
  readonly id: string;
  readonly at: number;
  readonly fingerprint: string;
  readonly status: LoggedAlert["alert"]["status"];
  readonly severity: LoggedAlert["alert"]["severity"];
  readonly startsAt: number | null;
  /** `undefined` where the log does not store the alert whole. */
  readonly dialect?: string;
  readonly startAssumed?: true;
  /** The id of the silence that covered it. */
  readonly silence?: string;
  /** A person had acknowledged its incident. */
  readonly acknowledged: boolean;
  /** What it really came to. */
  readonly outcome: Outcome["kind"];
  /** It always fires. */
  readonly heartbeat: boolean;
  /** It was a duplicate as a re-send. */
  readonly still: boolean;
}

/** The dialect assumed for an alert of which the log only says that it was a re-send. */
const REPEATING = "alertmanager";

/** How many alerts came to what. */
export type Counts = Readonly<Record<Outcome["kind"], number>>;

/** An alert of the log for the windows of one group; `undefined` when it was not for this group. */
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
    acknowledged: by === "acknowledged",
    outcome: outcome.kind,
    heartbeat: by === "heartbeat",
    still: outcome.kind === "folded" && outcome.still === true,
  };
}

/**
 * What a group would have been notified of with other windows: the alerts of the log, decided anew. Nothing was open
 * before the first of them, so compare only what was replayed from the same beginning.
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
