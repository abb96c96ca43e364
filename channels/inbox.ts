import { defineChannel, delivered, z } from "../relay/channel.ts";

const DAY = 24 * 60 * 60_000;

/** How long a message stays. */
const KEPT = 7 * DAY;

export default defineChannel({
  name: "inbox",
  title: "Inbox",
  config: z.strictObject({}),
  limits: { bodyBytes: 50_000, parallel: 16 }, // a value of the cache takes 60,000
  send: async (_config, message, { cache, now }) => {
    const { id, group, title, body, severity, status, reason, alerts } = message;
    const kept = { id, at: now, group, title, body, severity, status, reason, alerts: alerts.length };
    await cache.set(id, kept, { until: now + KEPT }); // ids sort by time
    return delivered("kept in the inbox");
  },
  sample: {},
});
