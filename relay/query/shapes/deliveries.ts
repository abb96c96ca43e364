/**
 * Deliveries: pending, attempted and dead.
 *
 * @module
 */
import { z } from "zod";
import type { Recipients } from "../../channel.ts";
import type { Handling } from "../../domain/handling.ts";
import type { Ending } from "../../domain/incident.ts";
import type {
  AttemptRecord,
  ByPerson,
  Delivery,
  DigestRecord,
  Instead,
  Queued,
} from "../../domain/record.ts";
import {
  advice,
  alertId,
  because,
  count,
  deliveryId,
  destinationId,
  fingerprint,
  groupId,
  reason,
  severity,
  suppressedBy,
  time,
  verdict,
} from "./words.ts";
import { sameShape, type Shape } from "./same_shape.ts";

const attempt = sameShape<AttemptRecord>()(
  "Attempt",
  z.object({
    at: time,
    ms: z.number().meta({ description: "How long it took", examples: [120] }),
    request: z.string().exactOptional(),
    status: z.int().exactOptional(),
    verdict,
    because,
    step: z.enum(["token", "chat"]).exactOptional(),
    problem: z.string().exactOptional(),
    together: count.exactOptional(),
    recipient: z.string().exactOptional().meta({
      description: "The member that it was for, where each recipient gets a message of its own",
    }),
  }),
);

/** The action of a person. */
export const byPerson = sameShape<ByPerson>()(
  "ByPerson",
  z.object({ at: time, by: z.string(), note: z.string().exactOptional() }),
);

const instead = sameShape<Instead>()(
  "Instead",
  z.object({ delivery: deliveryId, destination: destinationId, because, at: time }),
);

const recipients = sameShape<Recipients>()(
  "Recipients",
  z.object({
    reached: z.array(z.string()),
    left: z.array(z.string()).meta({ description: "Those who are tried again" }),
    failed: z.array(z.string()).meta({ description: "Those who are given up" }),
    because: z.record(z.string(), z.string()).exactOptional().meta({ description: "Why each failed" }),
  }).meta({ description: "Ids and addresses of members, where not everybody was reached" }),
);

/** The handling of an incident. */
export const handling = sameShape<Handling>()(
  "Handling",
  z.object({
    by: z.string().exactOptional().meta({ description: "The person who acknowledged or snoozed it" }),
    holder: z.string().exactOptional().meta({
      description: "The person who took it, or to whom it was assigned",
    }),
    since: time,
    until: time.exactOptional(),
    snoozed: z.literal(true).exactOptional(),
    note: z.string().exactOptional().meta({ description: "The newest note" }),
  }).meta({ description: "How the incident is handled, or was until it was resolved" }),
);

/** The record of a delivery. */
export const delivery = sameShape<Delivery>()(
  "Delivery",
  z.object({
    id: deliveryId,
    alert: alertId,
    fingerprint,
    group: groupId,
    destination: destinationId,
    reason,
    state: z.enum(["pending", "delivered", "suppressed", "dead"]),
    by: suppressedBy.exactOptional(),
    because,
    severity,
    digest: z.string().exactOptional(),
    instead: instead.exactOptional(),
    again: byPerson.exactOptional(),
    dropped: byPerson.exactOptional(),
    at: time,
    settledAt: time.exactOptional(),
    attempts: z.array(attempt),
    to: z.array(z.string()).exactOptional().meta({
      description: "The members whom the last message called: those on call then",
      examples: [["li.lei"]],
    }),
    recipients: recipients.exactOptional(),
    sent: z.union([
      z.object({
        id: z.string(),
        title: z.string(),
        body: z.string(),
        html: z.string().exactOptional(),
        plain: z.literal(true).exactOptional(),
        card: z.object({
          colour: z.enum(["red", "orange", "yellow", "blue", "green", "none"]),
          buttons: z.array(z.object({ title: z.string(), url: z.string() })),
        }).exactOptional(),
      }),
      z.object({ id: z.string(), with: deliveryId }),
    ]).exactOptional(),
  }),
);

/** A pending delivery in its lane. */
export const queued = sameShape<Queued>()(
  "Queued",
  z.object({
    id: deliveryId,
    alert: alertId,
    fingerprint,
    group: groupId,
    destination: destinationId,
    reason,
    severity,
    still: z.literal(true).exactOptional(),
    stoppedAt: time.exactOptional().meta({
      description: "On the last reminder: when the sender last sent the alert",
    }),
    person: z.string().exactOptional().meta({
      description:
        "Of a person's action: the person; with the reason `escalated`, who is notified now; with `expired`, who had it",
    }),
    remark: z.string().exactOptional().meta({ description: "What the person wrote" }),
    handling: handling.exactOptional(),
    folded: count,
    payload: z.string(),
    at: time,
    since: time.exactOptional(),
    held: z.enum(["quiet", "group"]).exactOptional(),
    messageGroup: z.string().exactOptional(),
    again: byPerson.exactOptional(),
    instead: instead.exactOptional(),
    tries: count.exactOptional(),
    firstTry: time.exactOptional(),
    brokenAt: time.exactOptional(),
    due: time.exactOptional(),
    handedOver: z.literal(true).exactOptional(),
    doubts: count.exactOptional(),
    plain: z.boolean().exactOptional(),
    partly: z.enum(["message", "digest"]).exactOptional(),
  }),
);

/** One delivery of an alert, with the reason why it waits. */
export const followed = z.object({
  id: deliveryId,
  group: groupId,
  destination: destinationId,
  record: delivery.or(z.undefined()).meta({ description: "Missing when it was never tried" }),
  entry: queued.or(z.undefined()).meta({ description: "Missing when it is in no queue" }),
  pause: z.object({ kind: z.string(), until: time, because }).optional().meta({
    description: "Why its whole lane waits",
  }),
  budget: z.object({
    messages: count,
    per: z.union([z.int(), z.literal("day"), z.literal("month")]).meta({ description: "Milliseconds" }),
    used: count,
  }).optional().meta({ description: "The provider's rate limit, when no room is left for single messages" }),
  advice: advice.optional(),
  missed: z.array(z.string()).optional().meta({
    description: "The names of those whom it did not reach",
  }),
}).meta({ id: "Followed" });

/** The end of a delivery's incident. */
export const ending = sameShape<Ending>()(
  "Ending",
  z.object({ endedAt: time.nullable().meta({ description: "`null` where it is no longer known" }) }),
);

const wait = z.object({
  for: z.enum(["pause", "quiet", "group", "due", "turn"]),
  until: time.exactOptional(),
  kind: z.string().exactOptional().meta({ description: "The kind of a pause" }),
  because: because.exactOptional(),
}).meta({ id: "Wait" });

const deliveryRow = z.object({
  id: deliveryId,
  alert: alertId,
  title: z.string().exactOptional().meta({ description: "Missing when the alert is no longer kept" }),
  about: z.string().exactOptional().meta({
    description: "The alert's object, or how its text begins: tells it from others of the same title",
  }),
  fingerprint,
  group: groupId,
  destination: destinationId,
  reason,
  severity,
  state: z.enum(["pending", "delivered", "suppressed", "dead"]),
  by: suppressedBy.exactOptional(),
  because,
  at: time.meta({ description: "When the alert was received" }),
  settledAt: time.exactOptional().meta({ description: "When it was delivered or failed" }),
  wait: wait.exactOptional(),
  ending: ending.exactOptional().meta({ description: "Of a failed delivery whose incident is over" }),
  recipients: recipients.exactOptional(),
  digest: z.string().exactOptional(),
  instead: instead.exactOptional(),
  attempts: z.array(attempt).exactOptional(),
}).meta({ id: "DeliveryRow" });

/** Part of a list of deliveries. */
export const foundDeliveries = z.object({
  deliveries: z.array(deliveryRow),
  next: z.string().exactOptional().meta({ description: "Where to continue; missing at the end" }),
  lookedTo: time.exactOptional().meta({
    description: "The search stopped at alerts of this time: there may be more beyond",
  }),
}).meta({ id: "FoundDeliveries" });

/** A digest that a vendor has. */
export const digest = sameShape<DigestRecord>()(
  "Digest",
  z.object({
    id: z.string(),
    destination: destinationId,
    at: time,
    title: z.string(),
    body: z.string(),
    shown: count,
    incidents: count,
    deliveries: z.array(deliveryId),
  }),
);

/** One delivery of an alert, with the reason why it waits. */
export type Followed = Shape<typeof followed>;

/** The reason why a delivery waits, and until when. */
export type Wait = Shape<typeof wait>;

/** A delivery in a list. */
export type DeliveryRow = Shape<typeof deliveryRow>;

/** Part of a list of deliveries. */
export type FoundDeliveries = Shape<typeof foundDeliveries>;
