/**
 * The relay at one glance.
 *
 * @module
 */
import { z } from "zod";
import type { Burning } from "../../../../relay/query/overview/burning.ts";
import type { Hour } from "../../../../relay/query/overview/hours.ts";
import type { DestinationView, LaneView } from "../../../../relay/query/overview/lanes.ts";
import type { Glance } from "../../../../relay/query/overview/overview.ts";
import { queued } from "./deliveries.ts";
import { sum } from "./ledger.ts";
import { advice, alertId, because, count, destinationId, groupId, severity, time } from "./words.ts";
import { sameShape } from "../same_shape.ts";

const bySeverity = z.object({ critical: count, error: count, warning: count, info: count });

const burning = sameShape<Burning>()(
  "Burning",
  z.object({
    total: count,
    more: z.boolean().meta({ description: "There are more than were counted" }),
    known: count,
    severities: bySeverity,
    groups: z.array(z.object({ group: groupId, severities: bySeverity })),
    worst: z.array(z.object({
      id: alertId,
      title: z.string().meta({ examples: ["DiskFull"] }),
      severity,
      openedAt: time,
      lastAt: time,
      count,
      known: z.boolean(),
      groups: z.array(groupId),
      about: z.string().exactOptional(),
    })),
  }),
);

const hour = sameShape<Hour>()(
  "Hour",
  z.object({ from: time, accepted: count, folded: count, delivered: count, dead: count }),
);

const laneView = sameShape<LaneView>()(
  "Lane",
  z.object({
    name: z.string().meta({ examples: ["dingtalk_robot-2c26b46b68ffc68f"] }),
    state: z.enum(["idle", "working", "held", "full", "failing", "paused", "refused"]),
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
    failures: count,
    pause: z.object({
      kind: z.enum(["throttled", "failing", "config"]),
      until: time,
      at: time,
      because,
      step: z.enum(["token", "chat"]).exactOptional(),
    }).exactOptional(),
    sick: z.object({ since: time, because }).exactOptional(),
    refused: z.array(z.object({
      destinations: z.array(destinationId),
      since: time,
      until: time.meta({ description: "When it is tried again" }),
      because,
    })),
    budget: z.array(z.object({
      per: z.union([z.int(), z.literal("day"), z.literal("month")]).meta({ description: "Milliseconds" }),
      messages: count,
      left: count,
      next: time.exactOptional(),
    })),
    because: because.exactOptional(),
    advice: advice.exactOptional(),
  }),
);

const destinationView = sameShape<DestinationView>()(
  "DestinationHealth",
  z.object({
    id: destinationId,
    group: groupId,
    name: z.string(),
    channel: z.string().meta({ examples: ["dingtalk_robot"] }),
    title: z.string(),
    lane: z.string(),
    state: z.enum(["works", "unproven", "failing", "paused", "sick", "unusable"]),
    proven: z.object({ at: time, ms: z.number(), because }).exactOptional(),
    because: because.exactOptional(),
    advice: advice.exactOptional(),
    since: time.exactOptional(),
  }),
);

/** How each lane and each destination fares. */
export const lanes = z.object({ destinations: z.array(destinationView), lanes: z.array(laneView) });

/** What people look at first. */
export const glance = sameShape<Glance>()(
  "Overview",
  z.object({
    at: time,
    isNew: z.boolean().meta({ description: "Nothing was ever accepted, or nothing of it is kept" }),
    burning,
    hours: z.array(hour),
    destinations: z.array(destinationView),
    lanes: z.array(laneView),
    ledger: z.object({ value: sum, at: time }).exactOptional(),
    warnings: z.array(z.string()),
  }),
);
