/**
 * The basic types of the shapes.
 *
 * @module
 */
import { z } from "zod";
import { SEVERITIES } from "../../domain/severity.ts";

/** A time in epoch milliseconds. */
export const time = z.int().meta({ description: "Epoch milliseconds", examples: [1_769_846_400_000] });

/** A count. */
export const count = z.int().min(0).meta({ examples: [3] });

/** An alert's id. */
export const alertId = z.string().meta({
  description: "An alert's id",
  examples: ["01KG9EGN000000000000000000-000"],
});

/** A delivery's id. */
export const deliveryId = z.string().meta({
  description: "A delivery's id",
  examples: ["01KG9EGN000000000000000000-000-0"],
});

/** An incident's id. */
export const incidentId = z.string().meta({
  description: "An incident's id: that of its first alert",
  examples: ["01KG9EGN000000000000000000-000"],
});

/** A fingerprint: equal for alerts of the same problem. */
export const fingerprint = z.string().meta({ examples: ["c8f1b7a3e5d94f06a1b2c3d4e5f60718"] });

/** `owner/level` */
export const groupId = z.string().meta({ description: "A group: owner/level", examples: ["chenmin/3"] });

/** `owner/level/name` */
export const destinationId = z.string().meta({
  description: "A destination: owner/level/name",
  examples: ["chenmin/3/night-robot"],
});

/** The vendor's response, or our own explanation. */
export const because = z.string().meta({ description: "The vendor's words, or ours", examples: ["ok"] });

/** A severity. */
export const severity = z.enum(SEVERITIES);

/** Firing or resolved. */
export const status = z.enum(["firing", "resolved"]);

/** Names and their values. */
export const labels = z.record(z.string(), z.string()).meta({
  examples: [{ alertname: "DiskFull", instance: "db-1" }],
});

/** The reason why a group is notified. */
export const alertReason = z.enum([
  "first",
  "repeat",
  "changed",
  "resolved",
  "reminder",
  "flapping",
  "settled",
  "escalation",
  "expired",
  "reopened",
]);

/** The reason why a message is sent: an alert, or a person's action on its incident. */
export const reason = z.enum([
  ...alertReason.options,
  "acknowledged",
  "unacknowledged",
  "escalated",
  "closed",
]);

/** The reason why an alert was routed to a group. */
export const routedBy = z.enum([
  "named",
  "rule",
  "team",
  "default",
  "unknown_group",
  "unusable_target",
  "told_before",
  "drill",
]);

/** The verdict of an attempt. */
export const verdict = z.enum(["delivered", "throttled", "retry", "refused", "skipped"]);

const localText = z.object({ zh: z.string(), en: z.string() });

/** The cause of a refusal, and the remedy. */
export const advice = z.object({ cause: localText, cure: localText }).meta({ id: "Advice" });

/** The reason of a delivery's suppression. */
export const suppressedBy = z.enum(["fallback", "channel", "silence", "inhibited"]).meta({
  description:
    "Of a suppressed one: the fallback took over, the channel had nothing to send, or at the flush of its " +
    "message group a silence covered the alert or another incident inhibited it; `because` is then the id of that",
});
