import type { Labels } from "../domain/alert.ts";
import type { Incident } from "../domain/incident.ts";
import type { CommitContext } from "./pipeline.ts";
import type { UpdateEffect } from "./update_effect.ts";

/** A notification was not sent, because its alert was silenced or inhibited at the flush of its message group. */
export interface SuppressedUpdate {
  readonly kind: "suppressed";
  readonly fingerprint: string;
  /** The group's id. */
  readonly group: string;
  /** The id of the notification's alert, and its labels. */
  readonly alert: string;
  readonly labels: Labels;
  /** Whether it was the first one, so that the group was never notified of the incident. */
  readonly isFirst: boolean;
  readonly suppressor: { readonly by: "silence" | "inhibited"; readonly id: string };
}

/** The effect on an open incident: it is decided again at the end of the silence or the inhibition. */
export function suppressedEffect(
  { group, alert, labels, isFirst, suppressor }: SuppressedUpdate,
  open: Incident | undefined,
  inhibitorOf: CommitContext["inhibitorOf"],
): UpdateEffect | undefined {
  if (!open) return undefined;
  // If it has just ended, it is decided again at once.
  const by = suppressor.by === "inhibited" ? inhibitorOf?.(labels, open.id) ?? suppressor.id : undefined;
  const { [group]: window, ...others } = open.windows;
  const { [group]: _, ...escalations } = open.escalations ?? {};
  const { escalations: _all, ...rest } = open;
  const isNeverNotified = isFirst && window !== undefined;
  const windows = isNeverNotified
    ? others
    : window
    ? { ...open.windows, [group]: { ...window, silenced: true as const } }
    : open.windows;
  const left = isNeverNotified ? escalations : open.escalations ?? {};
  return {
    incident: {
      ...rest,
      windows,
      ...Object.keys(left).length > 0 && { escalations: left },
      ...by !== undefined && { inhibited: { by, alert } },
    },
  };
}
