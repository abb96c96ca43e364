import type { ActionRefusal } from "../../relay/domain/action.ts";
import { type Incident, isOver } from "../../relay/domain/incident.ts";
import type { TextKey } from "../../relay/message/locale.ts";

/** A sentence for `PageError` and notices. */
export interface RefusalSentence {
  readonly key: TextKey;
  readonly params: Readonly<Record<string, string>>;
}

/** The reason why an action changed nothing. `incident`: its current state. */
export function refusalSentence(refused: ActionRefusal, incident: Incident): RefusalSentence {
  const { closedBy, known, knownBy } = incident;
  if (refused === "over" && closedBy !== undefined) {
    return { key: "incident.refused.closed", params: { name: closedBy } };
  }
  if (refused === "changed" && known && knownBy !== undefined && !isOver(incident)) {
    return { key: "incident.refused.known", params: { name: knownBy } };
  }
  return { key: `incident.refused.${refused}`, params: {} };
}

/** The HTTP status of a refusal. */
export function refusalStatus(refused: ActionRefusal): 409 | 422 {
  return refused === "past" ? 422 : 409;
}
