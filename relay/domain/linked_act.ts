import type { Action, ActionRefusal, Seen } from "./action.ts";
import { isAcknowledged } from "./acknowledge.ts";
import { type LinkedAct, SNOOZE } from "./action_link.ts";
import { type Incident, isOver } from "./incident.ts";

/** The reason why a link or a button of a message changes nothing. `held`: another person has acknowledged it. */
export type LinkedRefusal = ActionRefusal | "held";

/** The person who uses a link or a button. */
export interface LinkedPerson {
  /** The person's display name. */
  readonly by: string;
  readonly now: number;
}

/** The action of a link or a button on an incident's current state, or the reason why it has none. */
export type LinkedIntent =
  | { readonly action: Action; readonly seen: Seen; readonly refused?: undefined }
  | { readonly refused: LinkedRefusal };

/**
 * Decides the action of a link or a button. Its message may be days old, so it must not undo later actions: only
 * `take` takes over from another person.
 */
export function intentOf(act: LinkedAct, incident: Incident, { by, now }: LinkedPerson): LinkedIntent {
  if (isOver(incident)) return { refused: "over" };
  const { known, knownBy, holder, snoozed } = incident;
  const isOwn = (holder ?? knownBy) === by;
  const isHeld = isAcknowledged(incident) && !snoozed;
  if (act !== "take" && isHeld && !isOwn) return { refused: "held" };
  const seen = { known, holder: holder ?? "" };
  switch (act) {
    case "acknowledge":
      return isHeld ? { refused: "unchanged" } : { action: { kind: "acknowledge" }, seen };
    case "take":
      return isHeld && holder === by ? { refused: "unchanged" } : { action: { kind: "take" }, seen };
    case "snooze":
      return snoozed ? { refused: "unchanged" } : { action: { kind: "snooze", until: now + SNOOZE }, seen };
  }
}
