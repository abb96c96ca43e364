/**
 * The schema of a group's `oncall`: rotations, and overrides that replace the scheduled members for a period.
 *
 * @module
 */
import { z } from "zod";
import { DAYS } from "../domain/hours.ts";
import { dayEnd, formatted, idPart, isTimeZone, TIMEZONE_HELP, wallTime } from "./fields.ts";

/** The turns of a rotation. */
const rotation = z.array(
  z.union([idPart, z.array(idPart).min(1)]).transform((turn) => [turn].flat()),
).min(1).max(200).register(z.globalRegistry, {
  title: "Rotation",
  description: "The member of each turn, by id; a list of ids shares one turn",
});

const start = z.iso.date('must be a day such as "2026-11-16"')
  .register(z.globalRegistry, { title: "Start", description: "The day of the first turn" });

const handover = wallTime.optional().register(z.globalRegistry, {
  title: "Handover",
  description: "When a turn begins; default 09:00",
});

const every = formatted(/^[1-9]\d{0,2}[dw]$/, 'must be a duration in days or weeks, such as "7d" or "1w"')
  .optional()
  .register(z.globalRegistry, {
    title: "Every",
    description: "How long a turn lasts: days or weeks; default 1w",
  });

/** One of several rotations, which may be limited to some hours. */
export const layerSchema = z.object({
  rotation,
  start,
  handover,
  every,
  from: wallTime.optional().register(z.globalRegistry, {
    title: "From",
    description: "The time of day at which they go on call; default: all day",
  }),
  to: dayEnd.optional().register(z.globalRegistry, {
    title: "To",
    description: "At or before from: on the next day",
  }),
  days: z.array(z.enum(DAYS)).min(1).optional().register(z.globalRegistry, {
    title: "Days",
    description: "The days on which they begin; default all",
  }),
  timezone: z.string().refine(isTimeZone, TIMEZONE_HELP).optional()
    .register(z.globalRegistry, { title: "Time zone", description: "The group's by default" }),
}).register(z.globalRegistry, {
  title: "Layer",
  description: "A rotation, which may be limited to some hours",
});

/** A time in the group's zone, or with an offset of its own. */
const pointInTime = formatted(
  /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/,
  'must be a time such as "2026-12-24T09:00"',
);

/** Members who replace the scheduled ones for a period. */
export const overrideSchema = z.object({
  members: z.array(idPart).min(1).register(z.globalRegistry, {
    title: "Members",
    description: "Ids of the members who are on call in this period",
  }),
  from: pointInTime.meta({
    title: "Begins",
    description: "A time of the group's zone, such as 2026-12-24T09:00",
  }),
  until: pointInTime.meta({
    title: "Ends",
    description: "A time of the group's zone, such as 2026-12-26T09:00",
  }),
}).register(z.globalRegistry, { title: "Override" });

/** A group's `oncall`. */
export const oncallSchema = z.object({
  rotation: rotation.optional(),
  start: start.optional(),
  handover,
  every,
  layers: z.array(layerSchema).min(1).max(10).optional().register(z.globalRegistry, {
    title: "Layers",
    description: "Rotations above the first one; where several have somebody on call, the last one counts",
  }),
  overrides: z.array(overrideSchema).min(1).max(100).optional().register(z.globalRegistry, {
    title: "Overrides",
    description: "Members who replace the scheduled ones for a period; the last one counts",
  }),
}).register(z.globalRegistry, {
  title: "On-call",
  description: "Only the members who are on call are notified; all members while nobody is scheduled",
});
