import type { z } from "zod";
import type { Member } from "../channel.ts";
import { DEFAULT_FLAP } from "../domain/flap.ts";
import type { Group } from "../domain/group.ts";
import type { Rotation } from "../domain/oncall.ts";
import { defined } from "../base/defined.ts";
import { DAYS } from "../domain/quiet.ts";
import type { Path } from "./path.ts";
import { didYouMean } from "../base/nearest.ts";
import type { groupSchema } from "./group_schema.ts";

/** The times at which a group is notified, and the members on call. */
type Duty = Pick<Group, "remind" | "remindStop" | "flap" | "quiet" | "oncall">;

/** Its fields in the file. */
type DutyFields = Pick<
  z.output<typeof groupSchema>,
  "members" | "remind" | "remind_stop" | "flap" | "quiet" | "oncall"
>;

/** The number of days in a unit. */
const UNIT_DAYS: Readonly<Record<string, number>> = { d: 1, w: 7 };

/**
 * Reads the times at which a group is notified, and the members on call.
 *
 * @param complain Called with a path that begins at the group.
 */
export function readDuty(
  { members = [], remind, remind_stop, flap = {}, quiet, oncall }: DutyFields,
  { byId, complain }: {
    byId: ReadonlyMap<string, Member>;
    complain: (path: Path, message: string) => void;
  },
): Duty {
  for (const [index, turn] of oncall?.rotation.entries() ?? []) {
    for (const member of turn) {
      if (members.includes(member)) continue;
      const message = `there is no member "${member}" in this group${didYouMean(member, members)}`;
      complain(["oncall", "rotation", index], message);
    }
  }
  const { count = DEFAULT_FLAP.count, per = DEFAULT_FLAP.per } = flap;
  return defined({
    remind,
    remindStop: remind_stop,
    flap: count > 0 ? { count, per } : undefined,
    quiet: quiet && [quiet].flat().map(({ from, to, days = DAYS }) => ({ from, to, days })),
    oncall: oncall && rotationOf(oncall, byId),
  });
}

function rotationOf(
  { rotation, start, handover = "09:00", every = "1w" }: NonNullable<DutyFields["oncall"]>,
  members: ReadonlyMap<string, Member>,
): Rotation {
  return {
    turns: rotation.map((turn) => turn.flatMap((id) => members.get(id) ?? [])),
    start,
    handover,
    every: Number(every.slice(0, -1)) * UNIT_DAYS[every.at(-1)!]!,
  };
}
