import { defined } from "../base/defined.ts";
import { act, type Acted, auditNoteOf } from "../domain/act.ts";
import type { Action, ActOptions, ActResult } from "../domain/action.ts";
import type { Destination, Group } from "../domain/group.ts";
import { handlingOf } from "../domain/handling.ts";
import { type Incident, isOver } from "../domain/incident.ts";
import { windowPolicyOf } from "../domain/window_policy.ts";
import type { LaneDelivery } from "./pipeline.ts";
import { derivedDeliveries, type UpdateEffect } from "./update_effect.ts";

/** A person acts on an incident. */
export interface ActionUpdate {
  readonly kind: "action";
  readonly fingerprint: string;
  /** The incident as it was read. The newest one of its fingerprint may be another one by now. */
  readonly incident: Incident;
  readonly action: Action;
  readonly options: ActOptions;
  /** The destinations to notify of the action. */
  readonly targets: readonly EventTarget[];
  /**
   * Called with the result. A commit that was refused is decided again, so only the last result counts. `undefined`: the
   * incident is closed and decides nothing, so this update does not concern it.
   */
  readonly decided: (result: ActResult | undefined) => void;
}

/** The destinations of a group to notify of a person's action. */
export interface EventTarget {
  readonly group: Group;
  readonly destinations: readonly Destination[];
}

/** The effect of a person's action on the newest incident of its fingerprint. */
export function actionEffect(
  { incident: read, action, options, targets, decided }: ActionUpdate,
  newest: Incident | undefined,
): UpdateEffect | undefined {
  const isNewest = newest?.id === read.id;
  if (!isNewest && action.kind === "note") return decline(undefined);
  if (!isNewest && newest && action.kind === "reopen") {
    return decline({ incident: read, refused: isOver(newest) ? "over" : "superseded" });
  }
  const before = isNewest ? newest : read;
  const policies = targets.map(({ group }) => windowPolicyOf(group));
  const acted = act(before, action, { ...options, policies });
  if ("refused" in acted) return decline({ incident: before, ...acted });
  const { incident, fact } = acted;
  decided({ incident });
  const { by, account, via, now } = options;
  const person = via === undefined ? { by, account } : { by, account, via };
  return {
    incident,
    ...isNewest ? {} : { stored: read },
    note: auditNoteOf(before, acted, options),
    timeline: [{ ...person, ...fact, at: now, alerts: incident.count }],
    deliveries: deliveriesOf(acted, { before, targets, options }),
  };

  function decline(result: ActResult | undefined): undefined {
    decided(result);
  }
}

/** The deliveries that report a person's action to groups that were notified of the incident. */
function deliveriesOf(
  { incident, event: reason, fact }: Acted,
  { before, targets, options: { by: person, now } }: {
    before: Incident;
    targets: readonly EventTarget[];
    options: ActOptions;
  },
): LaneDelivery[] {
  if (reason === undefined) return [];
  const { fingerprint, severity } = incident;
  const said = {
    person,
    ...defined({
      remark: "text" in fact ? fact.text : undefined,
      handling: incident.closedAt === null ? handlingOf(incident) : undefined,
    }),
  };
  const windows = reason === "reopened" ? incident.windows : before.windows;
  return targets.flatMap(({ group, destinations }) => {
    const window = windows[group.id];
    if (!window) return [];
    const { told: alert } = window;
    const payload = `${alert}-${reason}-${now.toString(36)}`;
    const about = { alert, fingerprint, reason, severity, ...said, folded: 0, payload, at: now };
    return derivedDeliveries(destinations, group, about);
  });
}
