import { z } from "zod";
import { DAYS } from "../domain/quiet.ts";
import { isTimeZone, positiveDuration, TIMEZONE_HELP } from "./fields.ts";
import { wallTime } from "./group_schema.ts";

const destinationId = z.string().regex(/^[^/]+\/[^/]+\/[^/]+$/, 'must be like "owner/level/name"');

/** `drill`: when the fire drill takes place. */
export const drillSchema = z.object({
  days: z.array(z.enum(DAYS)).min(1).optional()
    .register(z.globalRegistry, { title: "Days", description: "Default mon" }),
  at: wallTime.meta({ title: "Time", description: "Such as 10:00, when people are at work" }),
  timezone: z.string().refine(isTimeZone, TIMEZONE_HELP).optional()
    .register(z.globalRegistry, { title: "Time zone", description: "Default: FENGHUO_TZ" }),
  destinations: z.union([z.literal("all"), z.array(destinationId).min(1)]).optional()
    .register(z.globalRegistry, {
      title: "Destinations",
      description: "all, or a list of owner/level/name; default all",
    }),
  within: positiveDuration.optional().register(z.globalRegistry, {
    title: "Within",
    description: "A destination that has not confirmed the message after this time has failed; default 15m",
  }),
}).register(z.globalRegistry, {
  title: "Fire drill",
  description: "A test alert that goes through the destinations each week, to find those that no longer work",
});
