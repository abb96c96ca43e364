import { expired } from "../domain/expiry.ts";
import type { Incident } from "../domain/incident.ts";
import { windowPolicyOf } from "../domain/window_policy.ts";
import { eventDeliveries, type EventTarget } from "./event_deliveries.ts";
import type { UpdateEffect } from "./update_effect.ts";

/** The time of an acknowledgement or a snooze seems to be over. */
export interface ExpireUpdate {
  readonly kind: "expire";
  readonly fingerprint: string;
  /** The groups to notify that the incident needs a person again. */
  readonly groups: readonly EventTarget[];
  /** The destinations that show its holder. */
  readonly shown: readonly EventTarget[];
  /** Whether a silence covers the incident, so that nobody is notified. */
  readonly silenced: boolean;
  readonly now: number;
}

/** The effect of an expiry on an open incident. */
export function expireEffect(
  { groups, shown, silenced, now }: ExpireUpdate,
  open: Incident | undefined,
): UpdateEffect | undefined {
  const policies = groups.map(({ group }) => windowPolicyOf(group));
  const result = open && expired(open, { policies, silenced, now });
  if (!result) return undefined;
  const { incident, fact, by } = result;
  const event = { windows: incident.windows, incident, now };
  const person = by === undefined ? {} : { person: by };
  return {
    incident,
    timeline: [{ ...fact, at: now, alerts: incident.count }],
    deliveries: [
      ...eventDeliveries(shown, { ...event, reason: "unacknowledged" }),
      ...silenced ? [] : eventDeliveries(groups, { ...event, reason: "expired", ...person }),
    ],
  };
}
