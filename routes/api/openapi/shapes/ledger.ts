/**
 * What became of everything.
 *
 * @module
 */
import { z } from "zod";
import type { Heard, Sum } from "../../../../relay/query/ledger.ts";
import type { Recounted } from "../../../../relay/query/recount.ts";
import { count, deliveryId, destinationId, time } from "./words.ts";
import { sameShape } from "../same_shape.ts";

const heard = sameShape<Heard>()(
  "Heard",
  z.object({ told: count, folded: count, suppressed: z.record(z.string(), count) }),
);

const figures = z.object({ routed: count, delivered: count, suppressed: count, pending: count, dead: count })
  .meta({ id: "Count" });

/** What became of everything in a period. */
export const sum = sameShape<Sum>()(
  "Sum",
  z.object({
    from: time,
    to: time,
    accepted: count,
    heard,
    groups: z.record(z.string(), heard),
    foldedBy: z.record(z.string(), count),
    destinations: z.record(z.string(), figures),
    total: figures,
    moved: count,
    wrong: z.array(destinationId),
    addsUp: z.boolean(),
  }),
);

/** The sum, counted again from the records. */
export const recounted = sameShape<Recounted>()(
  "Recounted",
  z.object({
    sum,
    faults: z.array(z.object({
      id: deliveryId,
      destination: destinationId,
      what: z.enum(["missing", "twice", "unexpected"]),
    })),
    faultCount: count,
    differences: z.array(z.string()),
    agrees: z.boolean(),
  }),
);
