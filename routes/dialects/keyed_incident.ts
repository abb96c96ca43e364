/**
 * Incidents of senders that name them by a key of their own: PagerDuty's dedup_key, Opsgenie's alias.
 *
 * @module
 */
import { fingerprint } from "../../relay/domain/fingerprint.ts";
import type { Labels } from "../../relay/domain/alert.ts";
import type { Action } from "../../relay/domain/action.ts";
import type { Incident } from "../../relay/domain/incident.ts";
import type { Relay } from "../../relay/relay.ts";

/** The dialect, and what identifies the alert in it. */
export interface Key {
  readonly dialect: string;
  readonly identity: Labels;
}

/** The open incident of a key: its end often says nothing more than the key. @throws StoreError */
export async function openIncidentOf(
  { query }: Relay,
  { dialect, identity }: Key,
): Promise<Incident | undefined> {
  const incident = await query.incidents.latestOf(fingerprint(dialect, identity));
  return incident?.closedAt === null ? incident : undefined;
}

/** Acts on the open incident of a key for a sender; without one nothing happens, as at the products that this stands in for. @throws StoreError */
export async function actOnKey(
  relay: Relay,
  key: Key,
  { action, by, now }: { action: Action; by: string; now: number },
): Promise<void> {
  const incident = await openIncidentOf(relay, key);
  if (incident) await relay.commands.act(incident.id, action, { by, account: by, now });
}
