/**
 * The shapes of traces and of dead deliveries.
 *
 * @module
 */
import { z } from "zod";
import type { SentAgain } from "../../../../relay/commands/dead_letters.ts";
import { incident, loggedAlert } from "../../../../relay/query/shapes/alerts.ts";
import { byPerson, ending, followed } from "../../../../relay/query/shapes/deliveries.ts";
import { sameShape } from "../../../../relay/query/shapes/same_shape.ts";
import {
  alertId,
  because,
  count,
  deliveryId,
  destinationId,
  fingerprint,
  groupId,
  reason,
  severity,
  time,
} from "../../../../relay/query/shapes/words.ts";
import { silence } from "./house.ts";

/** The trace of an alert: everything that the records contain about it. */
export const trace = z.object({
  alert: loggedAlert,
  incident: incident.exactOptional(),
  into: z.record(z.string(), z.object({ alert: alertId, until: time.exactOptional() })).meta({
    description: "By group: the alert that it duplicates",
  }),
  deliveries: z.array(followed),
  silences: z.record(z.string(), silence.omit({ state: true })),
  inhibitors: z.record(z.string(), incident).meta({ description: "The incidents that inhibited it, by id" }),
  sentences: z.array(z.string()).meta({ description: "Why, in words; an attempt's begins with two spaces" }),
  timeline: z.array(z.string()).exactOptional().meta({
    description: "Of an incident, in words: its newest lines, the oldest first",
  }),
}).meta({ id: "Trace" });

/** A dead delivery in a list. */
export const dead = z.object({
  id: deliveryId,
  alert: alertId,
  title: z.string().nullable(),
  fingerprint,
  group: groupId,
  destination: destinationId,
  reason,
  severity,
  because,
  at: time,
  diedAt: time,
  again: byPerson.exactOptional(),
  ending: ending.exactOptional().meta({ description: "Where its incident is over" }),
}).meta({ id: "Dead" });

/** The result of sending dead deliveries again. */
export const sentAgain = sameShape<SentAgain>()(
  "SentAgain",
  z.object({
    sent: count,
    refused: count,
    ended: count.meta({ description: "Not sent, because their incident is over" }),
    stays: z.array(z.object({ id: deliveryId, because: z.string() })),
    more: z.boolean().meta({ description: "There are more: ask again" }),
  }),
);
