import { defined } from "../base/defined.ts";
import type { Incident } from "./incident.ts";

/** The handling of an incident in its messages. */
export interface Handling {
  /** The person who acknowledged or snoozed it, if a name was given. */
  readonly by?: string;
  /** Its holder: the person who took it, or to whom it was assigned. */
  readonly holder?: string;
  /** Epoch milliseconds. */
  readonly since: number;
  /** The end of the acknowledgement or the snooze; without it, it does not expire. */
  readonly until?: number;
  /** It has no holder: nobody is notified of it until then. */
  readonly snoozed?: true;
  /** The newest note. */
  readonly note?: string;
}

/** The handling of an incident; `undefined` without one. A closed one is stored as `known` in any case. */
export function handlingOf(
  { known, knownAt, knownBy, knownUntil, holder, snoozed, memo }: Incident,
): Handling | undefined {
  if (!known || knownAt === undefined) return undefined;
  return {
    since: knownAt,
    ...defined({ by: knownBy, holder, until: knownUntil, snoozed, note: memo || undefined }),
  };
}
