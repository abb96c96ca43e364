import type { GroupedMessage } from "./incident.ts";
import type { Notified } from "./outcome.ts";
import { heldUntil, type Quiet } from "./quiet.ts";
import type { Queued } from "./record.ts";
import type { Severity } from "./severity.ts";

/** The end of a delivery's wait: that of quiet hours, or the flush of its message group. */
export type Hold = Required<Pick<Queued, "held" | "due">> & Pick<Queued, "messageGroup">;

/** The time of a notification: the flush of its message group, or the end of quiet hours that hold it then. */
export function waitOf(
  group: { readonly quiet?: readonly Quiet[] | undefined; readonly timezone: string },
  { severity, flush, now }: { severity: Severity; flush: number | undefined; now: number },
): Pick<Notified, "held" | "flush"> {
  const held = heldUntil(group, severity, flush ?? now);
  return held !== undefined ? { held } : flush === undefined ? {} : { flush };
}

/** The wait of its deliveries; `undefined` without one. `message`: that of its message group. */
export function holdOf(
  { held, flush }: Pick<Notified, "held" | "flush">,
  message: GroupedMessage | undefined,
): Hold | undefined {
  if (held !== undefined) return { held: "quiet", due: held };
  return flush === undefined || !message
    ? undefined
    : { held: "group", due: flush, messageGroup: message.key };
}
