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
  /** `undefined` if the log does not store the alert in full. */
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
 * Decides logged alerts again with other windows of a group. No incident is open before the first alert, so compare only replays
 * with the same start.
 */
export class Replay {
  readonly #group: WindowPolicy;
  readonly #staleAfter: number;
  readonly #incidents = new Map<string, Incident>();
  readonly #counts = { told: 0, folded: 0, suppressed: 0 };
  /** By fingerprint: the time of its first duplicate since the last notification. */
  readonly #waiting = new Map<string, number>();
  #longestWait = 0;

  constructor(group: WindowPolicy, { staleAfter }: { staleAfter: number }) {
    this.#group = group;
    this.#staleAfter = staleAfter;
  }

  /** The outcomes so far. */
  get counts(): Counts {
    return this.#counts;
  }

  /** Decides the next alert; the oldest comes first. */
  add({ id, at, fingerprint, silence, acknowledged, heartbeat, still, ...alert }: ReplayedAlert): void {
    const before = this.#incidents.get(fingerprint);
    const dialect = alert.dialect ?? (before?.dialect || (still ? REPEATING : ""));
    const { incident, outcomes } = advance(
      before && { ...before, known: before.closedAt === null ? acknowledged || before.known : before.known },
      { ...alert, dialect, title: "", endsAt: null },
      [this.#group],
      { fingerprint, id, now: at, staleAfter: this.#staleAfter, silence, heartbeat },
    );
    if (incident) this.#incidents.set(fingerprint, incident);
    const outcome = outcomes[0]!;
    this.#counts[outcome.kind]++;
    const since = this.#waiting.get(fingerprint);
    if (outcome.kind === "folded") {
      if (since === undefined && !outcome.still) this.#waiting.set(fingerprint, at);
    } else if (since !== undefined) {
      // A silence or an acknowledgement also ends the wait, because the group must not be notified.
      this.#waiting.delete(fingerprint);
      this.#longestWait = Math.max(this.#longestWait, at - since);
    }
  }

  /**
   * The longest time, in milliseconds, from a duplicate to the next notification of its fingerprint, or to the end of its window.
   * @param end The end of the period.
   */
  longestWait(end: number): number {
    const left = [...this.#waiting].map(([fingerprint, since]) => {
      const until = this.#incidents.get(fingerprint)?.windows[this.#group.group]?.until ?? end;
      return Math.min(end, until) - since;
    });
    return left.reduce((longest, wait) => Math.max(longest, wait), this.#longestWait);
  }
}

/** The outcomes of replayed alerts. @param alerts The oldest first. */
export function replay(
  alerts: readonly ReplayedAlert[],
  group: WindowPolicy,
  options: { staleAfter: number },
): Counts {
  const replay = new Replay(group, options);
  for (const alert of alerts) replay.add(alert);
  return replay.counts;
}
