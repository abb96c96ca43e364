/**
 * Deliveries: on their way, told and dead.
 *
 * @module
 */
import { z } from "zod";
import type { Recipients } from "../../../../relay/channel.ts";
import type { Ending } from "../../../../relay/domain/incident.ts";
import type { SentAgain } from "../../../../relay/commands/dead_letters.ts";
import type { DeliveryRow, FoundDeliveries, Wait } from "../../../../relay/query/deliveries.ts";
import type {
  AttemptRecord,
  ByPerson,
  Delivery,
  DigestRecord,
  Instead,
  Queued,
} from "../../../../relay/domain/record.ts";
import type { Followed } from "../../../../relay/query/why.ts";
import { incident, loggedAlert } from "./alerts.ts";
import { silence } from "./house.ts";
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
  time,
  verdict,
} from "./words.ts";
import { sameShape } from "../same_shape.ts";

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
  }),
);

const byPerson = sameShape<ByPerson>()(
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
  }).meta({ description: "Ids and addresses of members, where not everybody was reached" }),
);

/** What became of a delivery. */
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
    by: z.literal("fallback").exactOptional(),
    because,
    severity,
    digest: z.string().exactOptional(),
    instead: instead.exactOptional(),
    again: byPerson.exactOptional(),
    dropped: byPerson.exactOptional(),
    at: time,
    settledAt: time.exactOptional(),
    attempts: z.array(attempt),
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

/** A delivery that waits in a lane. */
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
    folded: count,
    payload: z.string(),
    at: time,
    since: time.exactOptional(),
    held: z.literal("quiet").exactOptional(),
    again: byPerson.exactOptional(),
    instead: instead.exactOptional(),
    tries: count.exactOptional(),
    firstTry: time.exactOptional(),
    due: time.exactOptional(),
    handedOver: z.literal(true).exactOptional(),
    plain: z.boolean().exactOptional(),
    partly: z.enum(["message", "digest"]).exactOptional(),
  }),
);

/** One delivery of an alert, with what it waits for. */
export const followed = sameShape<Followed>()(
  "Followed",
  z.object({
    id: deliveryId,
    group: groupId,
    destination: destinationId,
    record: delivery.or(z.undefined()),
    entry: queued.or(z.undefined()),
    pause: z.object({ kind: z.string(), until: time, because }).optional(),
    budget: z.object({
      messages: count,
      per: z.union([z.int(), z.literal("day"), z.literal("month")]).meta({ description: "Milliseconds" }),
      used: count,
    }).optional().meta({ description: "The vendor's, when no place is left for messages one by one" }),
    advice: advice.optional(),
    missed: z.array(z.string()).optional().meta({
      description: "The names of those whom it did not reach",
    }),
  }),
);

/** All that the records say of an alert. */
export const trace = z.object({
  alert: loggedAlert,
  incident: incident.exactOptional(),
  into: z.record(z.string(), z.object({ alert: alertId, until: time.exactOptional() })).meta({
    description: "By group: the alert that it was folded into",
  }),
  deliveries: z.array(followed),
  silences: z.record(z.string(), silence.omit({ state: true })),
  sentences: z.array(z.string()).meta({ description: "Why, in words; an attempt's begins with two spaces" }),
}).meta({ id: "Trace" });

const ending = sameShape<Ending>()(
  "Ending",
  z.object({ endedAt: time.nullable().meta({ description: "`null` where it is no longer known" }) }),
);

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

/** What sending the dead again came to. */
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

const wait = sameShape<Wait>()(
  "Wait",
  z.object({
    for: z.enum(["pause", "quiet", "due", "turn"]),
    until: time.exactOptional(),
    kind: z.string().exactOptional(),
    because: because.exactOptional(),
  }),
);

const deliveryRow = sameShape<DeliveryRow>()(
  "DeliveryRow",
  z.object({
    id: deliveryId,
    alert: alertId,
    title: z.string().exactOptional(),
    about: z.string().exactOptional(),
    fingerprint,
    group: groupId,
    destination: destinationId,
    reason,
    severity,
    state: z.enum(["pending", "delivered", "suppressed", "dead"]),
    because,
    at: time,
    settledAt: time.exactOptional(),
    wait: wait.exactOptional(),
    ending: ending.exactOptional(),
    recipients: recipients.exactOptional(),
    digest: z.string().exactOptional(),
    instead: instead.exactOptional(),
    attempts: z.array(attempt).exactOptional(),
  }),
);

/** Part of a list of deliveries. */
export const foundDeliveries = sameShape<FoundDeliveries>()(
  "FoundDeliveries",
  z.object({
    deliveries: z.array(deliveryRow),
    next: z.string().exactOptional(),
    lookedTo: time.exactOptional(),
  }),
);

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
