import type { Alert } from "../alert.ts";
import type { Ending } from "../ending.ts";
import type { Group } from "../group.ts";
import { translator } from "./locale.ts";
import { shortTime } from "./time.ts";

/** That a person sent a delivery again. */
export interface Resent {
  /** When its alert was received. */
  readonly at: number;
  /** That it is over by now. */
  readonly ending?: Ending | undefined;
}

/** What is over by now is told as resolved. */
export function endedBy(alert: Alert, ending: Ending | undefined): Alert {
  return ending && alert.status === "firing"
    ? { ...alert, status: "resolved", endsAt: ending.endedAt }
    : alert;
}

/** `补发：11:06 的告警，已于 12:06 结束`. The alert is what {@linkcode endedBy} makes of it. */
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
