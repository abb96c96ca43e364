import { defined } from "../base/defined.ts";
import { act, auditNoteOf, timelineEntryOf } from "../domain/act.ts";
import type { Action, ActOptions, ActResult } from "../domain/action.ts";
import { escalatedAnew } from "../domain/escalation_begin.ts";
import { handlingOf } from "../domain/handling.ts";
import { type Incident, isOver } from "../domain/incident.ts";
import { windowPolicyOf } from "../domain/window_policy.ts";
import { eventDeliveries, type EventTarget } from "./event_deliveries.ts";
import type { UpdateEffect } from "./update_effect.ts";

/** A person acts on an incident. */
export interface ActionUpdate {
  readonly kind: "action";
  readonly fingerprint: string;
  /** The incident at its read. The newest one of its fingerprint may be another one by now. */
  readonly incident: Incident;
  readonly action: Action;
  readonly options: ActOptions;
  /** The destinations to notify of the action. */
  readonly targets: readonly EventTarget[];
  /**
   * Called with the result. A refused commit is decided again, so only the last result counts. `undefined`: the
   * incident is closed and superseded, so this update does not concern it.
   */
  readonly decided: (result: ActResult | "outdated" | undefined) => void;
  /**
   * Set to decide even if others were notified since the incident was read; otherwise the result is then `outdated`.
   */
  readonly anyway?: boolean;
}

/** The effect of a person's action on the newest incident of its fingerprint. */
export function actionEffect(
  { incident: read, action, options, targets, decided, anyway = false }: ActionUpdate,
  newest: Incident | undefined,
): UpdateEffect | undefined {
  const isNewest = newest?.id === read.id;
  if (!isNewest && action.kind === "reopen" && newest) {
    return decline({ incident: read, refused: isOver(newest) ? "over" : "superseded" });
  }
  // Unless it fell silent, it has ended, maybe since it was read: only its record has its current state.
  const isSilent = newest === undefined && read.stale === true && action.kind !== "note";
  if (!isNewest && action.kind !== "reopen" && !isSilent) return decline(undefined);
  const before = isNewest ? newest : read;
  const policies = targets.map(({ group }) => windowPolicyOf(group));
  const acted = act(before, action, { ...options, policies });
  if ("refused" in acted) return decline({ incident: before, ...acted });
  const { fact, event } = acted;
  const groups = targets.map(({ group }) => group);
  const incident = event === "reopened"
    ? { ...acted.incident, ...escalatedAnew(acted.incident, groups, options.now) }
    : acted.incident;
  // Recipients whom an alert or a step notified since the targets were found must also be notified.
  if (event !== undefined && !anyway && notifiedOf(before) !== notifiedOf(read)) return decline("outdated");
  decided({ incident, before });
  const { by, now } = options;
  return {
    incident,
    ...isNewest ? {} : { stored: read },
    note: auditNoteOf(before, acted, options),
    timeline: [timelineEntryOf({ incident, fact }, options)],
    deliveries: event === undefined ? [] : eventDeliveries(targets, {
      incident,
      windows: event === "reopened" ? incident.windows : before.windows,
      reason: event,
      person: by,
      ...defined({
        remark: "text" in fact ? fact.text : undefined,
        handling: incident.closedAt === null ? handlingOf(incident) : undefined,
      }),
      now,
    }),
  };

  function decline(result: ActResult | "outdated" | undefined): undefined {
    decided(result);
  }
}

/** Equal for states of an incident of which the same destinations were notified. */
function notifiedOf({ windows, escalations = {} }: Incident): string {
  const groups = Object.entries(windows).map(([id, { told }]) => [id, told]);
  const steps = Object.entries(escalations).map(([id, { told }]) => [id, told]);
  return JSON.stringify([groups.toSorted(), steps.toSorted()]);
}
