import type { Alert } from "../domain/alert.ts";
import type { Ending } from "../domain/incident.ts";
import type { Group } from "../domain/group.ts";
import { translator } from "./locale.ts";
import { shortTime } from "../base/time.ts";

/** A dead delivery that a person sent again. */
export interface Resent {
  /** The time at which its alert was received. */
  readonly at: number;
  /** The end of the alert; `undefined` while it fires. */
  readonly ending?: Ending | undefined;
}

/** The alert, resolved if it has ended since. */
export function endedBy(alert: Alert, ending: Ending | undefined): Alert {
  return ending && alert.status === "firing"
    ? { ...alert, status: "resolved", endsAt: ending.endedAt }
    : alert;
}

/** `补发：11:06 的告警，已于 12:06 结束`. The alert is the result of {@linkcode endedBy}. */
export function resentWords(
  { status, startsAt, endsAt }: Alert,
  { at }: Resent,
  { group: { locale, timezone }, now }: { group: Group; now: number },
): string {
  const t = translator(locale);
  const time = (ms: number): string => shortTime(ms, { now, timezone });
  const start = time(startsAt ?? at);
  if (status === "firing") return t("message.resentFiring", { start });
  return endsAt === null
    ? t("message.resentOver", { start })
    : t("message.resentEnded", { start, end: time(endsAt) });
}
