/**
 * The answers of Alertmanager's API. Times are ISO 8601.
 *
 * @module
 */
import { z } from "zod";

/** A time as Alertmanager writes it. */
export const moment = z.iso.datetime().meta({ examples: ["2026-11-30T08:00:00.000Z"] });

const labels = z.record(z.string(), z.string()).meta({ examples: [{ alertname: "DiskFull" }] });

const receiver = z.object({ name: z.string().meta({ examples: ["ops/dba"] }) });

/** An open incident. */
export const gettableAlert = z.object({
  fingerprint: z.string(),
  labels,
  annotations: labels,
  startsAt: moment,
  endsAt: moment.meta({ description: "When it counts as resolved if its sender does not repeat it" }),
  updatedAt: moment,
  generatorURL: z.string().exactOptional(),
  receivers: z.array(receiver),
  status: z.object({
    state: z.enum(["active", "suppressed"]),
    silencedBy: z.array(z.string()).meta({ description: "The ids of silences" }),
    inhibitedBy: z.array(z.string()).meta({ description: "The fingerprints of alerts" }),
    mutedBy: z.array(z.string()),
  }),
});

/** An alert as the API answers it. */
export type GettableAlert = z.output<typeof gettableAlert>;

/** The open incidents of a group that share some labels. */
export const alertGroup = z.object({ receiver, labels, alerts: z.array(gettableAlert) });

const matcher = z.object({ name: z.string(), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean() });

/** A silence as the API answers it. */
export const gettableSilence = z.object({
  id: z.string(),
  status: z.object({ state: z.enum(["pending", "active", "expired"]) }),
  updatedAt: moment,
  matchers: z.array(matcher),
  startsAt: moment,
  endsAt: moment,
  createdBy: z.string(),
  comment: z.string(),
});
