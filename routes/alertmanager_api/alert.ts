import type { Labels } from "../../relay/domain/alert.ts";
import { lastSign } from "../../relay/domain/incident.ts";
import type { CurrentAlert } from "../../relay/query/current_alerts.ts";
import type { GettableAlert } from "./shapes.ts";

/** Which alerts a caller wants, as the query's switches say. */
export interface WantedAlerts {
  readonly active: boolean;
  readonly silenced: boolean;
  readonly inhibited: boolean;
}

/** Whether an alert is requested: an active one, or one that no other parameter excludes. */
export function isWanted(
  { status: { state, silencedBy, inhibitedBy } }: GettableAlert,
  { active, silenced, inhibited }: WantedAlerts,
): boolean {
  return (active || state !== "active") && (silenced || silencedBy.length === 0) &&
    (inhibited || inhibitedBy.length === 0);
}

/** An open incident as an alert of Alertmanager. */
export function gettable(
  { incident, alert, labels, groups, silencedBy, inhibitedBy }: CurrentAlert,
  { staleAfter, publicUrl }: { staleAfter: number; publicUrl: string | undefined },
): GettableAlert {
  const { id, fingerprint, openedAt, startsAt = openedAt, clearsAfter = staleAfter } = incident;
  const sign = lastSign(incident);
  const source = alert?.links.find(({ kind }) => kind === "source")?.url ??
    (publicUrl && `${publicUrl}/incidents/${id}`);
  const isSuppressed = silencedBy.length > 0 || inhibitedBy.length > 0;
  return {
    fingerprint,
    labels,
    annotations: annotationsOf(alert),
    startsAt: iso(startsAt),
    endsAt: iso(sign + clearsAfter),
    updatedAt: iso(sign),
    ...source === undefined ? {} : { generatorURL: source },
    receivers: groups.map((name) => ({ name })),
    status: {
      state: isSuppressed ? "suppressed" : "active",
      silencedBy: [...silencedBy],
      inhibitedBy: [...inhibitedBy],
      mutedBy: [],
    },
  };
}

/** The annotations; of an alert that came without any, its text. */
function annotationsOf(alert: CurrentAlert["alert"]): Labels {
  const { annotations = {}, text = "" } = alert ?? {};
  return Object.keys(annotations).length > 0 || text === "" ? annotations : { description: text };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
