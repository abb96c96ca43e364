/**
 * The results of a search over everything.
 *
 * @module
 */
import { z } from "zod";
import type { Shape } from "./same_shape.ts";
import { severity, time } from "./words.ts";

/** The kinds of results, in display order. */
export const HIT_KINDS = [
  "incident",
  "group",
  "member",
  "rule",
  "silence",
  "channel",
  "destination",
  "alert",
  "delivery",
  "digest",
  "message",
] as const;

/** One result. */
export const hit = z.object({
  kind: z.enum(HIT_KINDS),
  id: z.string().meta({
    description: "Its id: of a rule, its number from 1; of a channel, its name",
    examples: ["01KG9EGN000000000000000000-000"],
  }),
  title: z.string().meta({ examples: ["DiskFull"] }),
  detail: z.string().exactOptional().meta({ examples: ["prod/db-1"] }),
  severity: severity.exactOptional(),
  state: z.string().exactOptional().meta({
    description: "Of an incident, `open` or `closed`; also of an alert, a silence and a delivery",
    examples: ["open"],
  }),
  at: time.exactOptional().meta({ description: "When it began, or was received" }),
});

/** The results of one kind. */
export const hitsOfKind = z.object({
  kind: z.enum(HIT_KINDS),
  hits: z.array(hit).meta({ description: "The best first: open incidents, then the newest" }),
  more: z.boolean().meta({ description: "There are more, or not everything was searched" }),
  lookedBackTo: time.exactOptional().meta({
    description: "Set if the time limit was reached: the search got back to this time",
  }),
});

/** One result. */
export type Hit = Shape<typeof hit>;

/** The results of one kind. */
export type HitsOfKind = Shape<typeof hitsOfKind>;
