import type { Coverage, Gaps } from "../query/gaps.ts";
import { Gauge } from "./instruments.ts";

/** The most groups with samples, those with a gap first. */
const MAX_GROUPS = 100;

/** Whether a person is on call in each group with a calendar. */
export function onCallGauges(gaps: Pick<Gaps, "coverage" | "onCall">, clock: { now(): number }): Gauge[] {
  const groups = (): Coverage[] => {
    const [covered, uncovered] = [[], []] as [Coverage[], Coverage[]];
    for (const one of gaps.coverage()) (one.gap ? uncovered : covered).push(one);
    return [...uncovered, ...covered].slice(0, MAX_GROUPS);
  };
  return [
    new Gauge({
      name: "fenghuo_oncall_members",
      help:
        "Members on call in a group with a calendar; 0: it is nobody's turn, so that all members are notified",
      labels: ["group"],
    }, () => groups().map(({ group }) => [[group.id], gaps.onCall(group)])),
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
