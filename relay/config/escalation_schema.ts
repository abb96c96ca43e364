import { z } from "zod";
import { MINUTE } from "../base/duration.ts";
import { SEVERITIES } from "../domain/severity.ts";
import { duration, idPart, positiveDuration } from "./fields.ts";

/** Steps of one escalation, at most. */
const MAX_STEPS = 10;

/** One of the steps of a group's `escalate`. The config is validated by the step's channel. */
export const stepSchema = z.object({
  after: positiveDuration.register(z.globalRegistry, {
    title: "After",
    description: "The time since the group was notified; later than the step before",
  }),
  to: z.string().regex(/^[^/]+\/[^/]+$/, 'must be a group such as "dba/lead"').optional()
    .register(z.globalRegistry, {
      title: "Group",
      description: "The group to notify, team/tier; or write members, or a channel",
    }),
  members: z.array(idPart).min(1, "must name somebody").optional().register(z.globalRegistry, {
    title: "Members",
    description: "Ids of the members to notify, from any group; default: those on call",
  }),
  channel: z.string().min(1).optional().register(z.globalRegistry, {
    title: "Channel",
    description: "The channel that notifies them; default: the group's destinations",
  }),
  config: z.record(z.string(), z.unknown()).optional().register(z.globalRegistry, {
    title: "Config",
    description: "The channel's settings, which override those in defaults",
  }),
  only: z.array(z.enum(SEVERITIES)).min(1).optional().register(z.globalRegistry, {
    title: "Only severities",
    description: "Only incidents of these severities; default all",
  }),
  times: z.int().min(1).max(10).optional().register(z.globalRegistry, {
    title: "Times",
    description: "How many times the step is taken before the next one is due, 1 to 10; default 1",
  }),
  every: duration.refine((ms) => ms >= MINUTE, "must be at least 1m").optional()
    .register(z.globalRegistry, { title: "Every", description: "The time between them; default 10m" }),
}).register(z.globalRegistry, {
  title: "Escalation step",
  description: "Notifies others when nobody has acknowledged an incident in time",
});

/** A group's `escalate`. */
export const escalateSchema = z.array(stepSchema).max(MAX_STEPS, `must have at most ${MAX_STEPS} steps`)
  .register(z.globalRegistry, {
    title: "Escalation",
    description: "The steps that are taken while nobody acknowledges an incident",
  });
