import { defined } from "../base/defined.ts";
import type { Incident } from "./incident.ts";

/** How an incident is handled, as its messages say it. */
export interface Handling {
  /** The person who acknowledged or snoozed it, if a name was given. */
  readonly by?: string;
  /** Its holder: the person who took it, or to whom it was assigned. */
  readonly holder?: string;
  /** Epoch milliseconds. */
  readonly since: number;
  /** When the acknowledgement or the snooze ends; without it, it lasts. */
  readonly until?: number;
  /** Nobody has it: nobody is to be notified of it until then. */
  readonly snoozed?: true;
  /** The newest note. */
  readonly note?: string;
}

/** How an incident is handled; `undefined` if nobody handles it. A closed one is stored as `known` in any case. */
export function handlingOf(
  { known, knownAt, knownBy, knownUntil, holder, snoozed, memo }: Incident,
): Handling | undefined {
  if (!known || knownAt === undefined) return undefined;
  return {
    since: knownAt,
    ...defined({ by: knownBy, holder, until: knownUntil, snoozed, note: memo || undefined }),
  };
}
