import type { Config } from "../config/mod.ts";
import type { Action, ActionRefusal, ActOptions, ActResult } from "../domain/action.ts";
import type { LinkedAct } from "../domain/action_link.ts";
import type { Incident } from "../domain/incident.ts";
import { intentOf, type LinkedRefusal } from "../domain/linked_act.ts";
import type { Person } from "../domain/person.ts";
import type { LinkedResult } from "../message/act_sentence.ts";
import type { Store } from "../store/store.ts";

/** Acts on an incident for a person, as `Commands.act` does. */
export type Act = (id: string, action: Action, options: ActOptions) => Promise<ActResult | undefined>;

/** The dependencies of {@linkcode actOnAlerts}. */
export interface ActOnAlertsTools {
  readonly store: { readonly records: Pick<Store["records"], "alerts" | "incidents"> };
  readonly config: Pick<Config, "members">;
  readonly act: Act;
}

/** A person who uses a link or a button, and the time. */
export type ActingPerson = Person & { readonly now: number };

/**
 * Acts on the incidents of alerts, as a link or a button of their message says: once on each incident, in the order of the
 * alerts.
 *
 * @throws StoreError
 */
export async function actOnAlerts(
  { act, alerts }: { act: LinkedAct; alerts: readonly string[] },
  person: ActingPerson,
  tools: ActOnAlertsTools,
): Promise<LinkedResult[]> {
  const { records } = tools.store;
  const logged = await records.alerts(alerts);
  const ids = new Set(alerts.map((id) => logged.get(id)?.incident ?? id));
  const results: LinkedResult[] = [];
  for (const incident of (await records.incidents(ids)).values()) {
    results.push(await actOn(act, incident, { person, tools }));
  }
  return results;
}

async function actOn(
  act: LinkedAct,
  incident: Incident,
  { person, tools }: { person: ActingPerson; tools: ActOnAlertsTools },
): Promise<LinkedResult> {
  const intent = intentOf(act, incident, person);
  if (intent.refused !== undefined) return resultOf(incident, intent.refused, tools);
  const result = await tools.act(incident.id, intent.action, { ...person, seen: intent.seen });
  if (result === undefined) return { title: incident.title, refused: "gone" };
  const { incident: after, refused } = result;
  // Somebody was faster: "they have it" is a better answer than "it has changed".
  const why = refused === "changed" ? intentOf(act, after, person).refused ?? refused : refused;
  return resultOf(after, why, tools);
}

/** The result for one incident, with its holder. */
export function resultOf(
  { title, holder, knownBy }: Incident,
  refused: LinkedRefusal | ActionRefusal | undefined,
  { config: { members } }: Pick<ActOnAlertsTools, "config">,
): LinkedResult {
  const who = holder ?? knownBy;
  return { title, refused, holder: who === undefined ? undefined : members.get(who)?.name ?? who };
}
