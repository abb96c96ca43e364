import { defined } from "../base/defined.ts";
import type { AuditNote } from "./audit_note.ts";
import { closed, type Incident, isOver } from "./incident.ts";

/** A person's declaration that an incident is over. */
export interface Closing {
  /** Who says so. */
  readonly by: string;
  readonly memo?: string | undefined;
  readonly now: number;
  /** The account that makes the change, for the audit log. */
  readonly account: string;
}

/**
 * The incident after a person closed it. Its sender may still say that it fires: that is then a new incident.
 *
 * @returns `undefined` when it is over already
 */
export function closedByHand(incident: Incident, { by, memo, now }: Closing): Incident | undefined {
  if (isOver(incident)) return undefined;
  const { startsAt: _, ...rest } = incident; // no late peer sends it again: the sender itself has not resolved it
  return { ...closed(rest, now), known: true, closedBy: by, ...defined({ memo }) };
}

/** The audit entry. */
export function closingNote(before: Incident, after: Incident, { account, by }: Closing): AuditNote {
  return {
    by: account,
    action: "closed",
    what: `incidents/${after.id}`,
    before: { memo: before.memo },
    after: { by, memo: after.memo },
  };
}
