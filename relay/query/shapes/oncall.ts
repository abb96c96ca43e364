/**
 * Who is on call.
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
    "nobody: it is nobody's turn, so that all members are notified · everyone: the group has no rotation",
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

/** Members who are on call in a period, instead of those whose turn it is. */
export const override = z.object({
  id: overrideId.optional().meta({ description: "Missing for one of the configuration" }),
  group: groupId,
  from: time,
  until: time,
  state: z.enum(["pending", "active", "over"]),
  members: z.array(member),
  left: z.array(z.string()).meta({ description: "Ids of those who have left the group since" }),
  by: z.string().optional().meta({ description: "Who made it" }),
  comment: z.string().optional(),
  createdAt: time.optional(),
}).meta({ id: "Override" });

/** Members who are on call in a period, instead of those whose turn it is. */
export type OverrideView = Shape<typeof override>;

/** Who is on call in a group. */
export const onCallGroup = z.object({
  group: groupId,
  timezone: z.string().meta({ examples: ["Asia/Shanghai"] }),
  now: z.object({
    members: z.array(member),
    because,
    until: time.optional().meta({ description: "When that changes; missing if it does not" }),
  }),
  next: z.object({ from: time, members: z.array(member), because }).optional(),
  shifts: z.array(shift).meta({ description: "From `from` until `to`, without gaps between them" }),
  gaps: z.array(z.object({ from: time, until: time })).meta({
    description: "When it is nobody's turn, from `from` until `to`",
  }),
  overrides: z.array(override).meta({ description: "Those that are not over" }),
}).meta({ id: "OnCallGroup" });

/** Who is on call in a group. */
export type OnCallView = Shape<typeof onCallGroup>;
