/**
 * What came to whom how often.
 *
 * @module
 */
import { z } from "zod";
import type { Counts } from "../../../../relay/domain/replay.ts";
import type { Noise } from "../../../../relay/query/statistics.ts";
import { SEVERITIES } from "../../../../relay/domain/severity.ts";
import { sameShape } from "../same_shape.ts";
import { count, fingerprint, incidentId, time } from "./words.ts";

/** How many. */
export const counted = count;

/** How many alerts came to what. */
export const foldingCounts = sameShape<Counts>()(
  "FoldingCounts",
  z.object({ told: count, folded: count, suppressed: count }),
);

/** How often one fingerprint came. */
export const noise = sameShape<Noise>()(
  "Noise",
  z.object({
    fingerprint,
    count,
    told: count,
    incident: incidentId.nullable(),
    severity: z.enum(SEVERITIES),
    lastAt: time,
  }),
);
