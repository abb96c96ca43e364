/**
 * The ledger: the outcome of every accepted alert and of its deliveries.
 *
 * @module
 */
import { z } from "zod";
import { count, deliveryId, destinationId, time } from "./words.ts";
import type { Shape } from "./same_shape.ts";

/** The outcomes of the alerts that were routed to one group, or to all. */
export const heard = z.object({
  told: count,
  folded: count,
  suppressed: z.record(z.string(), count).meta({ description: "By reason" }),
}).meta({ id: "Heard" });

/** The deliveries to one destination, or to all, by state. */
export const deliveryCount = z.object({
  routed: count,
  delivered: count,
  suppressed: count.meta({
    description: "Rerouted to a fallback, or silenced or inhibited when its message group was sent",
  }),
  pending: count,
  dead: count,
}).meta({ id: "Count" });

/** The ledger's sum of a period. */
export const sum = z.object({
  from: time,
  to: time,
  accepted: count,
  heard: heard.meta({ description: "Alert × group" }),
  drills: count.meta({ description: "How many of `heard.told` were fire drills" }),
  groups: z.record(z.string(), heard),
  foldedBy: z.record(z.string(), count).meta({
    description: "Duplicates by what routed them: `rule:0 ops/default` → how many",
  }),
  destinations: z.record(z.string(), deliveryCount),
  total: deliveryCount,
  moved: count.meta({
    description:
      "How much changed during the count; the figures may differ by that much. 0 = all are of one moment",
  }),
  wrong: z.array(destinationId).meta({ description: "The destinations whose figures do not add up" }),
  addsUp: z.boolean(),
}).meta({ id: "Sum" });

const fault = z.object({
  id: deliveryId,
  destination: destinationId,
  what: z.enum(["missing", "twice", "unexpected"]).meta({
    description:
      "`missing`: no record and in no queue · `twice`: settled, and waiting · `unexpected`: nothing led to it",
  }),
});

/** The sum, counted again from the records. */
export const recounted = z.object({
  sum,
  faults: z.array(fault).meta({ description: "The first of them" }),
  faultCount: count,
  differences: z.array(z.string()).meta({
    description:
      "Where records and tallies differ: `routed ops/default/robot: 3 in the records, 2 in the tallies`",
  }),
  agrees: z.boolean().meta({
    description: "Nothing is missing or double, it adds up, and the tallies say the same",
  }),
}).meta({ id: "Recounted" });

/** The outcomes of the alerts that were routed to one group, or to all. */
export type NotificationTotals = Shape<typeof heard>;

/** The deliveries to one destination, or to all, by state. */
export type DeliveryCount = Shape<typeof deliveryCount>;

/** The ledger's sum of a period. */
export type Sum = Shape<typeof sum>;

/** A delivery whose state is not exactly one. */
export type DeliveryFault = Shape<typeof fault>;

/** The sum, counted again from the records. */
export type Recounted = Shape<typeof recounted>;
