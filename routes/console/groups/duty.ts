import type { EscalationStep } from "../../../relay/domain/escalation.ts";
import type { Group } from "../../../relay/domain/group.ts";
import type { Grouping } from "../../../relay/domain/grouping.ts";
import type { Locale } from "../../../relay/base/locale.ts";
import type { Translate } from "../../../relay/message/locale.ts";
import { formatDuration } from "../../../relay/base/time.ts";
import { DAYS } from "../../../relay/domain/hours.ts";

/** The conditions of a group's notifications, in words. */
export function dutyOf(
  { window, repeat = 0, grouping, remind, remindStop, flap, quiet, escalate, destinations }: Group,
  { locale, t }: { locale: Locale; t: Translate },
): { label: string; value: string }[] {
  const facts: [string, string | undefined][] = [
    ...grouping ? [[t("groups.grouping"), groupingWords(grouping, { locale, t })] as [string, string]] : [
      [t("groups.window"), window === 0 ? t("groups.windowOff") : formatDuration(window, locale)],
      [t("groups.repeat"), repeat === 0 ? t("groups.repeatOff") : formatDuration(repeat, locale)],
    ] as [string, string][],
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
    [
      t("groups.escalate"),
      escalate?.map((step) => stepInWords(step, { destinations, locale, t })).join(t("list.semicolon")),
    ],
  ];
  return facts.flatMap(([label, value]) => value === undefined ? [] : [{ label, value }]);
}

function groupingWords(
  { by, wait, interval, repeat }: Grouping,
  { locale, t }: { locale: Locale; t: Translate },
): string {
  return t("groups.fold.groupingIs", {
    labels: by.join(", ") || t("groups.fold.groupingAll"),
    wait: formatDuration(wait, locale),
    interval: formatDuration(interval, locale),
    repeat: formatDuration(repeat, locale),
  });
}

/** `10m → dba/lead`, `20m → 王芳 (webhook) · critical · 3×`. */
function stepInWords(
  { after, to, only, times, every }: EscalationStep,
  { destinations, locale, t }: Pick<Group, "destinations" | "locale"> & { t: Translate },
): string {
  const own = "group" in to ? [] : destinations.filter(({ id }) => to.destinations.includes(id));
  const people = own[0]?.members?.map(({ id, name }) => name ?? id) ?? [];
  const channels = [...new Set(own.map(({ channel }) => channel))].join(", ");
  const whom = "group" in to ? to.group : people.length > 0 ? `${people.join(", ")} (${channels})` : channels;
  return [
    `${formatDuration(after, locale)} → ${whom}`,
    ...only ? [only.map((severity) => t(`severity.${severity}`)).join(", ")] : [],
    ...times > 1 ? [t("groups.escalateTimes", { times, every: formatDuration(every, locale) })] : [],
  ].join(" · ");
}
