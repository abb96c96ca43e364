/**
 * The heartbeats.
 *
 * @module
 */
import { z } from "zod";
import type { Shape } from "./same_shape.ts";
import { groupId, labels, severity, time } from "./words.ts";

const duration = z.int().meta({ description: "Milliseconds", examples: [300_000] });

/** A heartbeat and its state. */
export const heartbeat = z.object({
  name: z.string().meta({ examples: ["nightly-backup"] }),
  kind: z.enum(["called", "alert"]).meta({
    description: "called: at /heartbeat/ and its name · alert: an alert that always fires, such as Watchdog",
  }),
  labels,
  state: z.enum(["waiting", "alive", "lost"]).meta({ description: "waiting: it was never called" }),
  lastAt: time.optional(),
  dueAt: time.optional().meta({ description: "When it counts as lost, unless it comes before" }),
  lostSince: time.optional(),
  every: duration.optional().meta({ description: "Milliseconds; of a called one" }),
  patience: duration.meta({ description: "Milliseconds without one after which it is lost" }),
  severity,
  groups: z.array(groupId).meta({ description: "Empty: the rules decide" }),
}).meta({ id: "Heartbeat" });

/** A heartbeat and its state. */
export type HeartbeatView = Shape<typeof heartbeat>;

/** The calls of other monitors by this instance. */
export const outgoing = z.object({
  withheld: z.string().optional().meta({ description: "Why no address is called now" }),
  addresses: z.array(z.object({
    address: z.string().meta({
      description: "Without its path, which may be a secret",
      examples: ["https://hc-ping.com/…"],
    }),
    lastAt: time.optional().meta({ description: "When it last answered with success" }),
    because: z.string().optional().meta({ description: "Why the last call failed" }),
  })),
}).meta({ id: "OutgoingHeartbeats" });

/** The calls of other monitors by this instance. */
export type OutgoingView = Shape<typeof outgoing>;
