import { MINUTE } from "../base/duration.ts";
import { formatDuration, roughDuration } from "../base/time.ts";
import type { Group } from "../domain/group.ts";
import type { Recurrence } from "../domain/related.ts";
import { translator } from "./locale.ts";

/** A sentence with the alert's frequency in `days` days: `30 天内第 9 次，通常约 25 分钟恢复`. */
export function recurrenceWords(
  { earlier, more, usualMs, days }: Recurrence & { readonly days: number },
  { locale }: Pick<Group, "locale">,
): string {
  const t = translator(locale);
  const count = more ? `${earlier}+` : earlier + 1;
  if (usualMs === undefined) return t("message.recurs", { count, days });
  // A duration below a minute has no minutes to show.
  const duration = usualMs < MINUTE ? formatDuration(usualMs, locale) : roughDuration(usualMs, locale);
  return t("message.recursUsually", { count, days, duration });
}
