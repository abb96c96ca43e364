import { unacknowledged, whoHas } from "./acknowledge.ts";
import type { Incident, Window } from "./incident.ts";
import type { ExpiredFact } from "./timeline.ts";
import type { WindowPolicy } from "./window_policy.ts";

/** Whether the time of an incident's acknowledgement or snooze is over. */
export function isExpired(
  { known, knownUntil }: Pick<Incident, "known" | "knownUntil">,
  now: number,
): boolean {
  return known && knownUntil !== undefined && knownUntil <= now;
}

/** An incident that needs a person again. */
export interface Expired {
  readonly incident: Incident;
  readonly fact: ExpiredFact;
  /** The person who had acknowledged or snoozed it. */
  readonly by?: string | undefined;
}

/**
 * An open incident after the end of its acknowledgement or its snooze: its groups are notified of it now, and a
 * repeat or a reminder follows only after another period.
 *
 * @param options `policies`: those of the notified groups · `silenced`: a silence covers it, so they are notified of
 * the first alert after the silence
 * @returns `undefined` if it is closed, or the end is not reached
 */
export function expired(
  incident: Incident,
  { policies, silenced, now }: { policies: readonly WindowPolicy[]; silenced: boolean; now: number },
): Expired | undefined {
  if (incident.closedAt !== null || !isExpired(incident, now)) return undefined;
  const { snoozed, knownBy } = incident;
  const by = whoHas(incident) ?? knownBy;
  const windows = Object.fromEntries(
    Object.entries(incident.windows).map(([id, window]) => {
      const policy = policies.find(({ group }) => group === id);
      return [id, policy ? notifiedAgain(window, policy, { silenced, now }) : window];
    }),
  );
  return {
    incident: { ...unacknowledged(incident, now), windows },
    fact: {
      kind: "expired",
      what: snoozed ? "snooze" : "acknowledgement",
      ...by === undefined ? {} : { by },
    },
    by,
  };
}

function notifiedAgain(
  window: Window,
  { window: period, destinations }: WindowPolicy,
  { silenced, now }: { silenced: boolean; now: number },
): Window {
  if (silenced) return { ...window, silenced: true };
  return { ...window, until: now + period, at: now, folded: 0, deliveries: destinations, dead: [] };
}
