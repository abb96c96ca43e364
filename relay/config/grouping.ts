import type { z } from "zod";
import { HOUR, MINUTE, SECOND } from "../base/duration.ts";
import { DEFAULT_REPEAT, type Group } from "../domain/group.ts";
import type { groupSchema } from "./group_schema.ts";

type GroupingFields = Pick<
  z.output<typeof groupSchema>,
  "window" | "repeat" | "group_by" | "group_wait" | "group_interval" | "repeat_interval"
>;

/** The defaults of Alertmanager. */
const DEFAULTS = { wait: 30 * SECOND, interval: 5 * MINUTE, repeat: 4 * HOUR };

/**
 * The grouping of a group's notifications: by the windows of its alerts, or, with `group_by`, by its message groups.
 */
export function readGrouping(
  { window, repeat, group_by, group_wait, group_interval, repeat_interval }: GroupingFields,
  complain: (key: string, message: string) => void,
): Pick<Group, "window" | "repeat" | "grouping"> {
  if (group_by === undefined) {
    for (const [key, value] of Object.entries({ group_wait, group_interval, repeat_interval })) {
      if (value !== undefined) complain(key, "has no effect without group_by");
    }
    return { window: window ?? 5 * MINUTE, repeat: repeat ?? DEFAULT_REPEAT };
  }
  if (window !== undefined) complain("window", "is not for a group with group_by: an alert is notified once");
  if (repeat !== undefined) complain("repeat", "is not for a group with group_by; use repeat_interval");
  const period = repeat_interval ?? DEFAULTS.repeat;
  return {
    window: period,
    repeat: period,
    grouping: {
      by: group_by,
      wait: group_wait ?? DEFAULTS.wait,
      interval: group_interval ?? DEFAULTS.interval,
      repeat: period,
    },
  };
}
