import type { z } from "zod";
import { DEFAULT_FLAP } from "../domain/flap.ts";
import type { Group } from "../domain/group.ts";
import { defined } from "../base/defined.ts";
import { DAYS } from "../domain/hours.ts";
import type { groupSchema } from "./group_schema.ts";
import { type OnCallReaderOptions, readOnCall } from "./oncall_reader.ts";

/** The times at which a group is notified, and the members on call. */
type Duty = Pick<Group, "remind" | "remindStop" | "flap" | "quiet" | "oncall">;

/** Its fields in the file. */
type DutyFields = Pick<
  z.output<typeof groupSchema>,
  "members" | "remind" | "remind_stop" | "flap" | "quiet" | "oncall"
>;

/**
 * Reads the times at which a group is notified, and the members on call.
 */
export function readDuty(
  { members = [], remind, remind_stop, flap = {}, quiet, oncall }: DutyFields,
  options: Omit<OnCallReaderOptions, "members">,
): Duty {
  const { count = DEFAULT_FLAP.count, per = DEFAULT_FLAP.per } = flap;
  return defined({
    remind,
    remindStop: remind_stop,
    flap: count > 0 ? { count, per } : undefined,
    quiet: quiet && [quiet].flat().map(({ from, to, days = DAYS }) => ({ from, to, days })),
    oncall: oncall && readOnCall(oncall, { members, ...options }),
  });
}
