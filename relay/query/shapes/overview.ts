/**
 * The overview of the relay.
 *
 * @module
 */
import { z } from "zod";
import { handling, queued } from "./deliveries.ts";
import { sum } from "./ledger.ts";
import type { Shape } from "./same_shape.ts";
import { advice, alertId, because, count, destinationId, groupId, severity, time } from "./words.ts";

const bySeverity = z.object({ critical: count, error: count, warning: count, info: count });

const openIncident = z.object({
  id: alertId,
  title: z.string().meta({ examples: ["DiskFull"] }),
  severity,
  openedAt: time,
  lastAt: time,
  count,
  known: z.boolean(),
  handling: handling.exactOptional(),
  groups: z.array(groupId),
  about: z.string().exactOptional().meta({
    description: "Its object, or how the text of its first alert begins",
  }),
});

const burning = z.object({
  total: count,
  more: z.boolean().meta({ description: "There are more than were counted" }),
  known: count.meta({ description: "Those of the total that somebody has acknowledged" }),
  severities: bySeverity,
  unacknowledged: bySeverity.meta({ description: "Those that nobody has acknowledged" }),
  groups: z.array(z.object({ group: groupId, severities: bySeverity })).meta({
    description: "The groups with the most severe incidents first",
  }),
  worst: z.array(openIncident).meta({ description: "The most severe first, of one severity the newest" }),
}).meta({ id: "Burning" });

const hour = z.object({
  from: time,
  accepted: count,
  folded: count.meta({ description: "Alert × group for which it was a duplicate" }),
  delivered: count.meta({ description: "Deliveries of the hour's alerts, whenever they were delivered" }),
  dead: count,
}).meta({ id: "Hour" });

const refusedConfig = z.object({
  destinations: z.array(destinationId),
  since: time,
  until: time.meta({ description: "When it is tried again" }),
  because,
});

const budget = z.object({
  per: z.union([z.int(), z.literal("day"), z.literal("month")]).meta({ description: "Milliseconds" }),
  messages: count,
  left: count,
  next: time.exactOptional().meta({ description: "When there is room again, where there is none" }),
});

const laneView = z.object({
  name: z.string().meta({ examples: ["dingtalk_robot-2c26b46b68ffc68f"] }),
  state: z.enum(["idle", "working", "held", "full", "failing", "paused", "refused"]).meta({
    description:
      "`paused`: every delivery waits because of the provider's last responses · `failing`: the last attempts failed · " +
      "`full`: the rate limit is reached · `held`: all deliveries wait for the end of quiet hours · `refused`: all " +
      "waiting deliveries are for configurations that the provider refuses; other destinations of the lane go on",
  }),
  destinations: z.array(destinationId),
  waiting: z.object({
    count,
    more: z.boolean(),
    destinations: z.array(destinationId),
    oldest: queued.exactOptional(),
    quietUntil: time.exactOptional().meta({
      description: "Where all of it waits for the end of quiet hours: the earliest of these ends",
    }),
  }),
  failures: count.meta({ description: "Failed attempts in a row" }),
  pause: z.object({
    kind: z.enum(["throttled", "failing", "config"]),
    until: time,
    at: time,
    because,
    step: z.enum(["token", "chat"]).exactOptional(),
  }).exactOptional(),
  sick: z.object({ since: time, because }).exactOptional(),
  refused: z.array(refusedConfig).meta({
    description: "The destinations whose configuration the provider refuses; the others go on",
  }),
  budget: z.array(budget),
  because: because.exactOptional(),
  advice: advice.exactOptional(),
}).meta({ id: "Lane" });

const destinationView = z.object({
  id: destinationId,
  group: groupId,
  name: z.string(),
  channel: z.string().meta({ examples: ["dingtalk_robot"] }),
  title: z.string(),
  lane: z.string(),
  state: z.enum(["works", "unproven", "failing", "paused", "sick", "unusable"]).meta({
    description:
      "`unusable`: its channel cannot be loaded, or fails on its config · `sick`: its provider accepts nothing · " +
      "`unproven`: its provider has not confirmed a delivery yet",
  }),
  proven: z.object({ at: time, ms: z.number(), because }).exactOptional().meta({
    description: "The last confirmed delivery",
  }),
  because: because.exactOptional(),
  advice: advice.exactOptional(),
  since: time.exactOptional().meta({ description: "Since when it is sick or paused" }),
}).meta({ id: "DestinationHealth" });

/** The state of each lane and each destination. */
export const lanes = z.object({ destinations: z.array(destinationView), lanes: z.array(laneView) });

/** The overview. */
export const glance = z.object({
  at: time,
  isNew: z.boolean().meta({ description: "Nothing was ever accepted, or nothing of it is kept" }),
  burning,
  hours: z.array(hour).meta({ description: "The last 24, the oldest first" }),
  destinations: z.array(destinationView),
  lanes: z.array(laneView),
  ledger: z.object({ value: sum, at: time }).exactOptional().meta({
    description: "The ledger's sum of the same hours; missing while it is counted for the first time",
  }),
  warnings: z.array(z.string()),
}).meta({ id: "Overview" });

/** The open incidents, counted; the most severe by name. */
export type Burning = Shape<typeof burning>;

/** The counts of one hour. */
export type Hour = Shape<typeof hour>;

/** The remaining budget of a provider's rate limit. */
export type BudgetView = Shape<typeof budget>;

/** Destinations with the same configuration, which their provider refuses. */
export type RefusedView = Shape<typeof refusedConfig>;

/** The current queue of one provider's rate limit. */
export type LaneView = Shape<typeof laneView>;

/** The state of a destination. */
export type DestinationView = Shape<typeof destinationView>;

/** The current state of the relay. */
export type Glance = Shape<typeof glance>;
