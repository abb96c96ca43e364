/**
 * The fire drill.
 *
 * @module
 */
import { z } from "zod";
import { DAYS } from "../../domain/hours.ts";
import type { Shape } from "./same_shape.ts";
import { because, count, destinationId, time } from "./words.ts";

/** The plan of the fire drill, and the result of the last one. */
export const drill = z.object({
  plan: z.object({
    days: z.array(z.enum(DAYS)),
    at: z.string().meta({ examples: ["10:00"] }),
    timezone: z.string().meta({ examples: ["Asia/Shanghai"] }),
    destinations: z.union([z.literal("all"), z.array(destinationId)]),
    within: z.int().meta({ description: "Milliseconds", examples: [900_000] }),
    nextAt: time,
  }).optional(),
  last: z.object({
    slot: time.meta({ description: "When it was due" }),
    by: z.string().optional().meta({ description: "Who started it; absent: the plan" }),
    sentAt: time.optional(),
    finishedAt: time.optional().meta({ description: "Absent: it is under way" }),
    proven: count.optional().meta({ description: "How many destinations confirmed it" }),
    failures: count.optional(),
    failed: z.array(z.object({ destination: destinationId, because })).optional()
      .meta({ description: "The first of those that did not" }),
  }).optional(),
}).meta({ id: "Drill" });

/** The plan of the fire drill, and the result of the last one. */
export type DrillView = Shape<typeof drill>;
