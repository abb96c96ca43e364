/**
 * The statistics of alerts.
 *
 * @module
 */
import { z } from "zod";
import type { Counts } from "../../domain/replay.ts";
import { SEVERITIES } from "../../domain/severity.ts";
import { sameShape, type Shape } from "./same_shape.ts";
import { count, fingerprint, groupId, incidentId, time } from "./words.ts";

/** A count. */
export const counted = count;

/** The alerts by outcome. */
export const foldingCounts = sameShape<Counts>()(
  "FoldingCounts",
  z.object({ told: count, folded: count, suppressed: count }),
);

/** The frequency of one fingerprint in a period. */
export const noise = z.object({
  fingerprint,
  count,
  told: count.meta({ description: "How many of these alerts somebody was notified of" }),
  incident: incidentId.nullable().meta({ description: "Its newest incident in the period" }),
  severity: z.enum(SEVERITIES),
  lastAt: time,
  episodes: count.meta({ description: "How often it was resolved" }),
  lasted: z.int().min(0).meta({ description: "How long these times lasted together, in milliseconds" }),
  groups: z.array(groupId).meta({ description: "The groups that its newest alert was routed to" }),
}).meta({ id: "Noise" });

/** The frequency of one fingerprint in a period. */
export type Noise = Shape<typeof noise>;

const ms = z.int().min(0).nullable();

/** The responses to the incidents of a group, or of all. */
export const responseTimes = z.object({
  answered: count.meta({ description: "Incidents that a person first acknowledged, took or closed" }),
  mtta: ms.meta({ description: "The mean time from the opening to that, in milliseconds" }),
  ended: count.meta({ description: "Incidents that were resolved or closed" }),
  mttr: ms.meta({ description: "The mean time from the opening to that, in milliseconds" }),
  acknowledged: z.number().min(0).max(1).nullable().meta({
    description: "The share of the ended incidents that a person had acknowledged, taken or closed",
  }),
}).meta({ id: "ResponseTimes" });

/** The responses to the incidents of a group, or of all. */
export type ResponseTimes = Shape<typeof responseTimes>;
