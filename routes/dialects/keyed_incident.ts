/**
 * Incidents of senders that name them by a key of their own: PagerDuty's dedup_key, Opsgenie's alias.
 *
 * @module
 */
import type { Action } from "../../relay/domain/action.ts";
import type { Alert, Labels } from "../../relay/domain/alert.ts";
import { cut, oneLine } from "../../relay/base/text.ts";
import { fingerprint } from "../../relay/domain/fingerprint.ts";
import type { Incident } from "../../relay/domain/incident.ts";
import type { Routed } from "../../relay/domain/rules.ts";
import { alertIdsOf, alertOf } from "../../relay/intake/alert_of.ts";
import type { Relay } from "../../relay/relay.ts";
import type { TokenSender } from "./token_sender.ts";

/** The API's limits of a person's name, and of a note. */
const NAME_CHARS = 100;
const NOTE_CHARS = 500;

/** The dialect, and the alert's identity in it. */
export interface Key {
  readonly dialect: string;
  readonly identity: Labels;
}

/** The key of a sender's incident. The senders of two groups may use the same one, so a group's is its own. */
export function keyOf(dialect: string, key: string, { group }: Pick<TokenSender, "group">): Key {
  return { dialect, identity: group === undefined ? { key } : { key, group } };
}

/** The end of an open incident. */
export interface IncidentEnd {
  /** The incident's alert, resolved. */
  readonly alert: Alert;
  /** The groups that were notified of it; `undefined` if none was. */
  readonly notified: readonly Routed[] | undefined;
}

/**
 * The end of the open incident of a key, for a sender that sends only the key.
 *
 * @returns `undefined` without an open incident @throws StoreError
 */
export async function endOf(relay: Relay, key: Key, now: number): Promise<IncidentEnd | undefined> {
  const incident = await openIncidentOf(relay, key);
  if (incident === undefined) return undefined;
  const { alerts, config: { groups } } = relay.query;
  const { title, severity, startsAt = null, windows } = incident;
  const shown = alertOf(incident, await alerts.getMany(alertIdsOf(incident)));
  const notified = Object.keys(windows).flatMap((id): Routed[] => {
    const group = groups.get(id);
    return group ? [{ group, by: "told_before" }] : [];
  });
  return {
    alert: { ...shown, status: "resolved", title, severity, startsAt, endsAt: now },
    notified: notified.length > 0 ? notified : undefined,
  };
}

/** A sender's action. */
interface KeyedAct {
  readonly kind: "acknowledge" | "unacknowledge" | "note";
  readonly note?: string | null | undefined;
  /** The person whom the sender names. */
  readonly user?: string | null | undefined;
}

/** Acts on the open incident of a key. Without one nothing happens, as in the replaced products. @throws StoreError */
export async function actOnKey(
  relay: Relay,
  key: Key,
  { act: { kind, note, user }, sender: { name }, now }: { act: KeyedAct; sender: TokenSender; now: number },
): Promise<void> {
  const text = cut((note ?? "").trim(), { chars: NOTE_CHARS });
  const action = actionOf(kind, text);
  const incident = action && await openIncidentOf(relay, key);
  if (!incident) return;
  const by = cut(oneLine(user ?? "").trim() || name, { chars: NAME_CHARS });
  await relay.commands.act(incident.id, action, { by, account: name, now });
}

function actionOf(kind: KeyedAct["kind"], text: string): Action | undefined {
  switch (kind) {
    case "unacknowledge":
      return { kind };
    case "note":
      return text === "" ? undefined : { kind, text };
    case "acknowledge":
      return text === "" ? { kind } : { kind, text };
  }
}

async function openIncidentOf(
  { query }: Relay,
  { dialect, identity }: Key,
): Promise<Incident | undefined> {
  const incident = await query.incidents.latestOf(fingerprint(dialect, identity));
  return incident?.closedAt === null ? incident : undefined;
}
