/**
 * The shapes of trials.
 *
 * @module
 */
import { z } from "zod";
import type { TrialResult } from "../../../../relay/delivery/trial.ts";
import type { RuleTrial } from "../../../../relay/domain/rules.ts";
import {
  advice,
  because,
  destinationId,
  groupId,
  labels,
  routedBy,
  verdict,
} from "../../../../relay/query/shapes/words.ts";
import { sameShape } from "../../../../relay/query/shapes/same_shape.ts";

const oneRule = sameShape<RuleTrial>()(
  "RuleTrial",
  z.object({
    group: groupId,
    matches: z.boolean(),
    matchers: z.array(z.object({
      matcher: z.string().meta({ examples: ['team="ops"'] }),
      value: z.string(),
      matches: z.boolean(),
    })),
  }),
);

/** The groups that labels are routed to. */
export const ruleTrial = z.object({
  labels,
  rules: z.array(oneRule),
  routed: z.array(z.object({
    group: groupId,
    by: routedBy,
    rule: z.int().exactOptional(),
    members: z.array(z.string()),
    destinations: z.array(z.object({ id: destinationId, channel: z.string() })),
  })),
}).meta({ id: "RulesTried" });

/** The result of a test message. */
export const trialResult = sameShape<TrialResult>()(
  "TrialResult",
  z.object({
    destination: destinationId,
    channel: z.string().meta({ examples: ["inbox"] }),
    verdict,
    because,
    ms: z.number(),
    request: z.string().exactOptional(),
    status: z.int().exactOptional(),
    problem: z.string().exactOptional(),
    missed: z.array(z.string()).exactOptional().meta({
      description: "The names of the members that it did not reach",
    }),
    advice: advice.exactOptional(),
  }),
);
