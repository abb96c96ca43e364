/**
 * The answers about on-call schedules.
 *
 * @module
 */
import { z } from "zod";
import type { Shape } from "./same_shape.ts";
import { groupId, time } from "./words.ts";

const member = z.object({
  id: z.string().meta({ examples: ["li.lei"] }),
  name: z.string().optional().meta({ examples: ["李雷"] }),
});

const because = z.enum(["rotation", "override", "nobody", "everyone"]).meta({
  description:
    "nobody: no member is scheduled, so all members are notified · everyone: the group has no rotation",
});

const overrideId = z.string().meta({ examples: ["01KG9EGN000000000000000000"] });

/** A period in which the same members are on call. */
export const shift = z.object({
  from: time,
  until: time,
  members: z.array(member),
  because,
  override: overrideId.optional().meta({ description: "The id of the override, if it has one" }),
}).meta({ id: "Shift" });

/** A period in which the same members are on call. */
export type ShiftView = Shape<typeof shift>;

/** Members who replace the scheduled ones for a period. */
export const override = z.object({
  id: overrideId.optional().meta({ description: "Missing for one of the configuration" }),
  group: groupId,
  from: time,
  until: time,
  state: z.enum(["pending", "active", "over"]),
  members: z.array(member),
  left: z.array(z.string()).meta({ description: "Ids of the members who have since left the group" }),
  by: z.string().optional().meta({ description: "The account or token that created the override" }),
  comment: z.string().optional(),
  createdAt: time.optional(),
}).meta({ id: "Override" });

/** Members who replace the scheduled ones for a period. */
export type OverrideView = Shape<typeof override>;

/** The on-call schedule of a group in a period. */
export const onCallGroup = z.object({
  group: groupId,
  timezone: z.string().meta({ examples: ["Asia/Shanghai"] }),
  now: z.object({
    members: z.array(member),
    because,
    until: time.optional().meta({ description: "The end of this shift; missing if it has none" }),
  }),
  next: z.object({ from: time, members: z.array(member), because }).optional(),
  shifts: z.array(shift).meta({
    description: "The shifts between `from` and `to`, one directly after the other",
  }),
  gaps: z.array(z.object({ from: time, until: time })).meta({
    description: "Periods between `from` and `to` in which no member is scheduled",
  }),
  overrides: z.array(override).meta({ description: "The overrides that have not ended" }),
}).meta({ id: "OnCallGroup" });

/** The on-call schedule of a group in a period. */
export type OnCallView = Shape<typeof onCallGroup>;
