import { defineChannel, delivered, type KeptMessage, z } from "../relay/channel.ts";

const DAY = 24 * 60 * 60_000;

/** The time that a message is stored. */
const KEPT = 7 * DAY;

/** The most alerts in one message. */
const SHOWN_ALERTS = 100;

export default defineChannel({
  name: "inbox",
  title: "Inbox",
  config: z.strictObject({}),
  limits: { bodyBytes: 40_000, parallel: 16 }, // a value of the cache takes 60,000
  digest: false, // it is no vendor, and has no rates
  send: async (_config, message, { cache, now }) => {
    const { id, group, title, body, severity, status, reason, alerts } = message;
    // The alerts are stored as well, so that the page can show the message as each vendor would.
    const about = alerts.slice(0, SHOWN_ALERTS).map(({ id, reason, still, folded }) => ({
      id,
      reason,
      ...still ? { still } : {},
      folded,
    }));
    const kept: KeptMessage = {
      id,
      at: now,
      group,
      title,
      body,
      severity,
      status,
      reason,
      alerts: alerts.length,
      about,
    };
    await cache.set(id, kept, { until: now + KEPT }); // ids sort by time
    return delivered("kept in the inbox");
  },
  archive: (cache) => ({
    newest: async (limit) => await cache.newest(limit) as KeptMessage[],
    get: async (id) => await cache.get(id) as KeptMessage | undefined,
  }),
  sample: {},
});
