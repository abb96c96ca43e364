import { haveRemindersStopped } from "./reminder.ts";
import { nextStep } from "./escalation_step.ts";
import { awaitsCalm } from "./flap.ts";
import { REPEAT_LEAD, repeatAt } from "./grouping.ts";
import type { Destination, Group } from "./group.ts";
import { type Incident, lastSign } from "./incident.ts";
import { isHeld } from "./late_peer.ts";
import { isRenewing } from "./occurrence.ts";
import { lapsesAt } from "./renewal.ts";
import { worst } from "./severity.ts";

/** The settings that decide when time alone changes an incident. */
export interface DueRules {
  /** Milliseconds of silence after which an incident leaves the list of open ones. */
  readonly staleAfter: number;
  readonly groupOf: (id: string) => Group | undefined;
  /** Since when repeats would have been received, in epoch milliseconds. */
  readonly upSince?: number;
  /** The interval at which a destination's vendor requires repeats of an open incident, in milliseconds. */
  readonly repeatOf: (destination: Destination) => number | undefined;
}

/**
 * The next time at which time alone may change an incident, or cause a message: its sender has been silent for too
 * long, its flapping ends, a held firing is confirmed, its acknowledgement expires, a step of its escalation, a
 * reminder or a repeat is due. `Infinity` without one.
 *
 * It may be too early, never too late: the upkeep decides again at that time.
 */
export function dueAt(incident: Incident, { now, ...rules }: DueRules & { now: number }): number {
  const { closedAt, clearsAfter, flaps = {}, late } = incident;
  const times: number[] = [];
  for (const [id, flap] of Object.entries(flaps)) {
    // An open incident does not become stale before its flapping is over, whether its group was notified of it or not.
    if (closedAt !== null && !awaitsCalm(flap)) continue;
    const per = rules.groupOf(id)?.flap?.per;
    times.push(per === undefined ? now : (flap.changes.at(-1) ?? now) + per);
  }
  if (late && isHeld({ late })) times.push(late.until);
  if (closedAt === null) {
    times.push(clearsAfter === undefined ? lastSign(incident) + rules.staleAfter : lapsesAt(incident, rules));
    for (const [id, window] of Object.entries(incident.windows)) {
      const group = rules.groupOf(id);
      if (!group) continue;
      const isUrgent = worst([incident.severity, window.severity]) === "critical";
      if (group.remind && isUrgent && !incident.known && !haveRemindersStopped(incident, id)) {
        times.push(Math.max(window.at, window.reminded?.at ?? 0) + group.remind);
      }
      for (const destination of group.destinations) {
        const period = destination.isStep ? undefined : rules.repeatOf(destination);
        if (period) times.push(lastPeriod(incident, now, period) + period);
      }
    }
  }
  return Math.min(exactlyDueAt(incident, { ...rules, now }), ...times);
}

/**
 * The next due time of an open incident that must be exact to the second: it ends because its sender does not renew
 * it, its acknowledgement or its snooze ends, a step of its escalation is due, or it belongs to the next message of
 * its message group. `Infinity` without one.
 */
export function exactlyDueAt(
  incident: Incident,
  options: Pick<DueRules, "groupOf" | "upSince"> & { now: number },
): number {
  const { closedAt, dialect, known, knownUntil = Infinity, escalations = {}, windows } = incident;
  if (closedAt !== null) return Infinity;
  let first = isRenewing(dialect) ? lapsesAt(incident, options) : Infinity;
  if (known) return Math.min(first, knownUntil);
  for (const id of Object.keys(escalations)) {
    const group = options.groupOf(id);
    const next = group && nextStep(incident, group, options);
    if (next) first = Math.min(first, next.due);
  }
  for (const id of Object.keys(windows)) {
    const group = options.groupOf(id);
    if (group?.grouping) first = Math.min(first, repeatAt(incident, group) - REPEAT_LEAD);
  }
  return first;
}

/** The end of an incident's last period that is over by then. */
export function lastPeriod({ openedAt }: Pick<Incident, "openedAt">, at: number, period: number): number {
  return openedAt + Math.floor((at - openedAt) / period) * period;
}
