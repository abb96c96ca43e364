/**
 * The counts and groups of a list of incidents.
 *
 * @module
 */
import { z } from "zod";
import type { Shape } from "./same_shape.ts";
import { count, incidentId, severity, time } from "./words.ts";

/** The number of incidents with each value of one property. */
export const facet = z.object({
  by: z.enum(["severity", "acknowledged", "group", "dialect", "holder", "title", "label"]),
  name: z.string().exactOptional().meta({ description: "Of a label: its name", examples: ["cluster"] }),
  values: z.array(z.object({ value: z.string(), count })).meta({
    description: "The most frequent ones; severities in their order, and `acknowledged` is yes or no",
  }),
  others: count.meta({ description: "How many other values there are" }),
}).meta({ id: "Facet" });

/** The number of incidents that a filter matches, with their facets. */
export const incidentCounts = z.object({
  total: count,
  unacknowledged: count,
  facets: z.array(facet),
  part: z.object({ examined: count, lookedBackTo: time }).exactOptional().meta({
    description:
      "Set if only a part was counted: how many were examined, and when the oldest of them was opened",
  }),
  unread: count.exactOptional().meta({
    description:
      "After a start: of how many incidents the labels are not read yet, so that no facet counts them",
  }),
}).meta({ id: "IncidentCounts" });

/** Incidents with the same title, or with the same value of a label. */
export const incidentGroup = z.object({
  value: z.string().nullable().meta({ description: "null: those without the label", examples: ["prod-1"] }),
  incidents: count,
  acknowledged: count,
  silenced: count.exactOptional().meta({ description: "How many are silenced now; absent: none" }),
  inhibited: count.exactOptional().meta({
    description: "How many another incident inhibits now; absent: none",
  }),
  severity: severity.meta({ description: "Of the worst one" }),
  newestAt: time,
  since: time.meta({ description: "When the oldest one was opened" }),
  newest: incidentId,
}).meta({ id: "IncidentGroup" });

/** A facet. */
export type Facet = Shape<typeof facet>;

/** The counts of a list. */
export type IncidentCounts = Shape<typeof incidentCounts>;

/** A group of incidents. */
export type IncidentGroup = Shape<typeof incidentGroup>;
