import { z } from "zod";
import { RELATIONS } from "../../domain/related.ts";
import { count, incidentId, severity, time } from "./words.ts";

/** Earlier incidents of one relation. */
export const relatedIncidents = z.object({
  relation: z.enum(RELATIONS as readonly ["alert", "name", "place"]).meta({
    description: "The same alert · another alert of the same name · another alert about the same object",
  }),
  earlier: count.meta({ description: "How many ended before" }),
  more: z.literal(true).exactOptional().meta({ description: "There are more than were counted" }),
  lastEndedAt: time,
  usualMs: z.int().exactOptional().meta({
    description: "Their median duration in milliseconds; only of three incidents or more",
  }),
  incidents: z.array(z.object({
    id: incidentId,
    title: z.string(),
    severity,
    openedAt: time,
    closedAt: time.nullable(),
    closedBy: z.string().exactOptional(),
    memo: z.string().exactOptional().meta({ description: "The newest note" }),
  })).meta({ description: "The newest of them, those that are still stored" }),
}).meta({ id: "RelatedIncidents" });
