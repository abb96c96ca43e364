import { MINUTE } from "../base/duration.ts";
import type { Escalation, EscalationStep, StepDeliveries } from "./escalation.ts";
import type { Group } from "./group.ts";
import type { Incident } from "./incident.ts";
import { heldUntil } from "./quiet.ts";
import { type Severity, worst } from "./severity.ts";

/** A step that is taken later than this, in milliseconds, moves those after it: after quiet hours, a silence, or an outage. */
const LATE = MINUTE;

/** A step that is to be taken. */
export interface NextStep {
  readonly step: EscalationStep;
  /** Its index. */
  readonly index: number;
  /** The number of this repetition, from 1. */
  readonly time: number;
  /** Its due time, in epoch milliseconds. */
  readonly due: number;
  /** The reason why it is taken before its time. */
  readonly early?: "undeliverable";
}

/** The group of the escalation. */
type EscalatingGroup = Pick<Group, "id" | "escalate" | "quiet" | "timezone">;

/** The inputs of a step's due time. */
export interface StepOptions {
  readonly now: number;
  readonly groupOf: (id: string) => Pick<Group, "quiet" | "timezone"> | undefined;
}

/**
 * The next step of a group's escalation. A step is repeated up to its limit, or until a later one is due. In quiet
 * hours of the group that it notifies, it waits for their end.
 *
 * @returns `undefined` without one: the incident has a holder, it is over, or all steps are done
 */
export function nextStep(
  incident: Incident,
  group: EscalatingGroup,
  { now, groupOf }: StepOptions,
): NextStep | undefined {
  const escalation = incident.escalations?.[group.id];
  if (!escalation || escalation.halted || incident.known || incident.closedAt !== null) return undefined;
  const severity = severityFor(incident, group.id);
  const found = following(escalation, group.escalate ?? [], severity);
  if (!found) return undefined;
  const raw = found.early ? now : escalation.from + offsetOf(found);
  const { to } = found.step;
  const notified = "group" in to ? groupOf(to.group) ?? group : group;
  return { ...found, due: heldUntil(notified, severity, Math.max(now, raw)) ?? raw };
}

/** The severity by which the steps of a group are chosen. */
export function severityFor({ severity, windows }: Incident, group: string): Severity {
  const window = windows[group];
  return window ? worst([severity, window.severity]) : severity;
}

type FoundStep = Omit<NextStep, "due">;

function following(
  { done, times, hurry }: Escalation,
  steps: readonly EscalationStep[],
  severity: Severity,
): FoundStep | undefined {
  const applies = ({ only }: EscalationStep): boolean => only === undefined || only.includes(severity);
  const last = times > 0 ? steps[done] : undefined;
  const index = steps.findIndex((step, index) => index >= done + (times > 0 ? 1 : 0) && applies(step));
  const later: FoundStep | undefined = index < 0 ? undefined : { step: steps[index]!, index, time: 1 };
  if (later && hurry) return { ...later, early: "undeliverable" };
  const again: FoundStep | undefined = last && times < last.times && applies(last)
    ? { step: last, index: done, time: times + 1 }
    : undefined;
  return again && (!later || offsetOf(again) < offsetOf(later)) ? again : later;
}

/** The due time of a step, in milliseconds on the escalation's clock. */
function offsetOf({ step, time }: Pick<NextStep, "step" | "time">): number {
  return step.after + (time - 1) * step.every;
}

/** The escalation after a step. Steps keep their distance: a step that is taken early or late moves those after it. */
export function afterStep(
  { hurry: _hurry, sent: _sent, ...escalation }: Escalation,
  next: NextStep,
  { now, sent, told }: { now: number; sent: StepDeliveries; told: readonly string[] },
): Escalation {
  const offset = offsetOf(next);
  const isOnTime = !next.early && now - (escalation.from + offset) <= LATE;
  const all = [...new Set([...escalation.told ?? [], ...told])];
  return {
    ...escalation,
    from: isOnTime ? escalation.from : now - offset,
    done: next.index,
    times: next.time,
    at: now,
    ...all.length > 0 ? { told: all } : {},
    ...sent.count > 0 ? { sent } : { hurry: true },
  };
}

/** The escalation after a severity rose: a step that applies only now is due as long after that as after the step before it. */
export function afterRise(
  escalation: Escalation,
  { steps, severity, now }: { steps: readonly EscalationStep[]; severity: Severity; now: number },
): Escalation {
  const next = following(escalation, steps, severity);
  if (!next || next.early || escalation.halted || escalation.from + offsetOf(next) > now) return escalation;
  const before = next.index === 0 ? 0 : steps[next.index - 1]!.after;
  return { ...escalation, from: now - before };
}

/** The escalation after a delivery died. @returns `undefined` when that changes nothing */
export function afterDeadStep(escalation: Escalation, delivery: string): Escalation | undefined {
  const { sent, halted, hurry } = escalation;
  if (!sent || halted || hurry || !delivery.startsWith(sent.ids) || sent.dead.includes(delivery)) {
    return undefined;
  }
  const dead = [...sent.dead, delivery];
  return { ...escalation, sent: { ...sent, dead }, ...dead.length >= sent.count ? { hurry: true } : {} };
}
