import type { Coverage } from "../query/gaps.ts";
import { Gauge } from "./instruments.ts";

/** At most this many groups have samples, those with a gap first. */
const MAX_GROUPS = 100;

/** Whether somebody is on call in each group with a calendar. */
export function onCallGauges(coverage: () => Iterable<Coverage>, clock: { now(): number }): Gauge[] {
  const groups = (): Coverage[] =>
    [...coverage()].sort((a, b) => Number(b.gap !== undefined) - Number(a.gap !== undefined)).slice(
      0,
      MAX_GROUPS,
    );
  return [
    new Gauge({
      name: "fenghuo_oncall_members",
      help:
        "Members on call in a group with a calendar; 0: it is nobody's turn, so that all members are notified",
      labels: ["group"],
    }, () => groups().map(({ group, members }) => [[group.id], members])),
    new Gauge(
      {
        name: "fenghuo_oncall_gap_in_seconds",
        help: "How soon it is nobody's turn in a group, within the next two weeks; 0: it is now",
        labels: ["group"],
      },
      () =>
        groups().flatMap(({ group, gap }) =>
          gap ? [[[group.id], Math.max(0, gap.from - clock.now()) / 1_000]] : []
        ),
    ),
  ];
}
