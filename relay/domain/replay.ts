import { isWhole, type LoggedAlert } from "./record.ts";
import type { Incident } from "./incident.ts";
import { advance, type WindowPolicy } from "./window.ts";

/** What an alert of the log means for one group's windows. */
export interface Heard {
  readonly id: string;
  readonly at: number;
  readonly fingerprint: string;
  readonly status: LoggedAlert["alert"]["status"];
  readonly severity: LoggedAlert["alert"]["severity"];
  readonly startsAt: number | null;
  /** `undefined` where the log kept little of the alert. */
  readonly dialect?: string;
  readonly startAssumed?: true;
  /** The id of the silence that covered it. */
  readonly silence?: string;
  /** Somebody had acknowledged its incident. */
  readonly known: boolean;
  /** What the group really heard of it. */
  readonly outcome: Count;
  /** It always fires. */
  readonly heartbeat: boolean;
  /** It was folded as a re-send. */
  readonly still: boolean;
}

/** The dialect assumed for an alert of which the log kept only that it was a re-send. */
const REPEATING = "alertmanager";

/** What an alert can come to. */
export type Count = "told" | "folded" | "suppressed";

/** How many alerts came to what. */
export type Counts = Readonly<Record<Count, number>>;

/** What a group heard of an alert; `undefined` when it was not for this group. */
export function heardBy(
  group: string,
  { id, at, fingerprint, alert, routing }: LoggedAlert,
): Heard | undefined {
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
    ...isWhole(alert) ? { dialect: alert.dialect } : {},
    ...isWhole(alert) && alert.startAssumed ? { startAssumed: true } : {},
    ...silence === undefined ? {} : { silence },
    known: by === "acknowledged",
    outcome: outcome.kind,
    heartbeat: by === "heartbeat",
    still: outcome.kind === "folded" && outcome.still === true,
  };
}

/**
 * What a group would have heard with other windows: the alerts of the log, decided anew. Nothing was open before the
 * first of them, so compare only what was replayed from the same beginning.
 *
 * @param heard The oldest first.
 */
export function replay(
  heard: readonly Heard[],
  group: WindowPolicy,
  { staleAfter }: { staleAfter: number },
): Counts {
  const incidents = new Map<string, Incident>();
  const counts = { told: 0, folded: 0, suppressed: 0 };
  for (const { id, at, fingerprint, silence, known, heartbeat, still, ...alert } of heard) {
    const before = incidents.get(fingerprint);
    const dialect = alert.dialect ?? (before?.dialect || (still ? REPEATING : ""));
    const { incident, outcomes } = advance(
      before && { ...before, known: before.closedAt === null ? known || before.known : before.known },
      { ...alert, dialect, title: "", endsAt: null },
      [group],
      { fingerprint, id, now: at, staleAfter, silence, heartbeat },
    );
    if (incident) incidents.set(fingerprint, incident);
    counts[outcomes[0]!.kind]++;
  }
  return counts;
}
