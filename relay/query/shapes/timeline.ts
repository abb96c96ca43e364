/**
 * The lines of a timeline.
 *
 * @module
 */
import { z } from "zod";
import type { TimelineDelivery, TimelineItem } from "../timeline.ts";
import { outcome } from "./alerts.ts";
import {
  alertId,
  because,
  count,
  deliveryId,
  destinationId,
  groupId,
  reason,
  severity,
  status,
  suppressedBy,
  time,
} from "./words.ts";
import { sameShape } from "./same_shape.ts";

const members = z.array(z.string()).meta({ examples: [["li.lei"]] });

const timelineDelivery = sameShape<TimelineDelivery>()(
  "TimelineDelivery",
  z.object({
    id: deliveryId,
    destination: destinationId,
    state: z.enum(["pending", "delivered", "suppressed", "dead"]),
    by: suppressedBy.exactOptional(),
    because: because.meta({ description: "The vendor's words, or ours; empty before the first attempt" }),
    at: time.exactOptional().meta({ description: "When its state was written" }),
    to: members.exactOptional().meta({ description: "The members whom the message called" }),
    missed: members.exactOptional().meta({ description: "The members whom it did not reach" }),
    next: destinationId.exactOptional().meta({ description: "The fallback that took over" }),
  }),
);

const deliveries = z.array(timelineDelivery);

const line = {
  at: time,
  run: z.object({
    since: time,
    times: count,
    duplicates: count.meta({ description: "Alerts between them of which nobody was notified" }),
    mixed: z.literal(true).exactOptional().meta({ description: "They are not equal" }),
  }).exactOptional().meta({
    description: "Set when equal facts came in a row: the line is the newest of them",
  }),
};

const person = {
  ...line,
  by: z.string().meta({ description: "The person", examples: ["李雷"] }),
  account: z.string().meta({ description: "The account, the token or the link that was used" }),
  via: z.string().exactOptional().meta({
    description: "Where the person acted, other than the console and the API",
  }),
};

const text = z.string().exactOptional().meta({ examples: ["A bigger disk is on its way"] });

/** A line of a timeline. */
export const timelineItem = sameShape<TimelineItem>()(
  "TimelineItem",
  z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("alert"),
      alert: alertId,
      first: z.literal(true).exactOptional().meta({ description: "The first alert of the incident" }),
      assumed: z.literal(true).exactOptional().meta({
        description: "The relay resolved it, because the sender had stopped",
      }),
      status,
      severity: severity.exactOptional(),
      groups: z.array(z.object({
        group: groupId,
        outcome,
        inhibitor: z.string().exactOptional().meta({
          description: "The title of the incident that inhibited it",
        }),
        deliveries,
      })),
      ...line,
    }),
    z.object({ kind: z.literal("duplicates"), count, ...line }).meta({
      description: "Alerts of which nobody was notified, after `at`",
    }),
    z.object({
      kind: z.literal("notified"),
      reason,
      group: groupId,
      alert: alertId,
      deliveries,
      ...line,
    }),
    z.object({
      kind: z.literal("escalated"),
      group: groupId,
      alert: alertId,
      step: count,
      time: count.meta({ description: "How often this step was taken" }),
      to: z.union([z.object({ group: groupId }), z.object({ members })]),
      early: z.literal("undeliverable").exactOptional(),
      deliveries,
      ...line,
    }),
    z.object({
      kind: z.literal("expired"),
      what: z.enum(["acknowledgement", "snooze"]),
      by: z.string().exactOptional(),
      ...line,
    }),
    z.object({ kind: z.literal("stale"), ...line }),
    z.object({ kind: z.literal("acknowledged"), until: time.exactOptional(), text, ...person }),
    z.object({ kind: z.literal("unacknowledged"), ...person }),
    z.object({ kind: z.literal("taken"), from: z.string().exactOptional(), text, ...person }),
    z.object({
      kind: z.literal("assigned"),
      to: z.string(),
      from: z.string().exactOptional(),
      text,
      ...person,
    }),
    z.object({ kind: z.literal("noted"), text: z.string(), ...person }),
    z.object({ kind: z.literal("snoozed"), until: time, text, ...person }),
    z.object({ kind: z.literal("closed"), text, ...person }),
    z.object({ kind: z.literal("reopened"), text, ...person }),
    z.object({ kind: z.literal("resent"), delivery: deliveryId, destination: destinationId, ...person }),
  ]),
);
