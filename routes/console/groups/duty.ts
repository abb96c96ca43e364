import type { Group } from "../../../relay/domain/group.ts";
import type { Locale } from "../../../relay/base/locale.ts";
import type { Translate } from "../../../relay/message/locale.ts";
import { formatDuration } from "../../../relay/base/time.ts";
import { DAYS } from "../../../relay/domain/hours.ts";

/** When a group is notified, in words. */
export function dutyOf(
  { repeat = 0, remind, remindStop, flap, quiet }: Group,
  { locale, t }: { locale: Locale; t: Translate },
): { label: string; value: string }[] {
  const facts: [string, string | undefined][] = [
    [t("groups.repeat"), repeat === 0 ? t("groups.repeatOff") : formatDuration(repeat, locale)],
    [t("groups.remind"), remind === undefined ? undefined : formatDuration(remind, locale)],
    [t("groups.remindStop"), remindStop === undefined ? undefined : formatDuration(remindStop, locale)],
    [
      t("groups.flap"),
      flap === undefined
        ? t("groups.flapOff")
        : t("groups.flapWords", { count: flap.count, per: formatDuration(flap.per, locale) }),
    ],
    [
      t("groups.quiet"),
      quiet?.map(({ from, to, days }) =>
        [`${from}–${to}`, ...days.length === DAYS.length ? [] : days.map((day) => t(`day.${day}`))].join(" ")
      ).join(t("list.semicolon")),
    ],
  ];
  return facts.flatMap(([label, value]) => value === undefined ? [] : [{ label, value }]);
}
