import "../../../relay/base/temporal.ts";
import type { Group } from "../../../relay/domain/group.ts";
import type { Locale } from "../../../relay/base/locale.ts";
import type { Translate } from "../../../relay/message/locale.ts";
import { formatDuration } from "../../../relay/base/time.ts";
import { onCall } from "../../../relay/domain/oncall.ts";
import { DAYS } from "../../../relay/domain/quiet.ts";

/** A turn of a rotation. */
export interface Turn {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly until: number;
  readonly members: readonly string[];
}

/** The turns of a group's rotation, from the one that it is now; none without a rotation. */
export function turnsAhead(
  group: Pick<Group, "oncall" | "members" | "timezone">,
  now: number,
  count: number,
): Turn[] {
  const { oncall, timezone } = group;
  if (!oncall) return [];
  const handover = Temporal.PlainTime.from(oncall.handover);
  const first = Temporal.PlainDate.from(oncall.start);
  const begins = (turn: number): number =>
    first.add({ days: turn * oncall.every }).toZonedDateTime({ timeZone: timezone, plainTime: handover })
      .epochMilliseconds;
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone).toPlainDate();
  let turn = Math.max(0, Math.floor(first.until(today).days / oncall.every) - 1);
  while (begins(turn + 1) <= now) turn++;
  return Array.from({ length: count }, (_, index) => {
    const from = begins(turn + index);
    const members = onCall(group, from).map(({ id, name }) => name ?? id);
    return { from, until: begins(turn + index + 1), members };
  });
}

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
