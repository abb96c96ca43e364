import { Hono } from "hono";
import { z } from "zod";
import { inputSchema } from "../../relay/config/mod.ts";
import type { Relay } from "../../relay/relay.ts";
import { endpoint } from "./endpoint.ts";

/**
 * `GET /api/channels`: every channel, with its limits and the schema of its config; and the channels that could not be
 * loaded.
 */
export function channelRoutes({ query: { channels } }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "The channels: limits, and the JSON Schema of each one's config",
    details:
      "`secret` marks what is never shown. `broken` says why a channel could not be loaded; `faults` are those of " +
      "loaded ones since the start.",
    answer: ({ channel }) =>
      z.object({
        channels: z.array(channel),
        broken: z.record(z.string(), z.string()),
        faults: z.array(z.object({ channel: z.string().optional(), words: z.string(), times: z.int() })),
      }),
  });
  app.get("/api/channels", list, (c) =>
    c.json({
      channels: channels.names().map((name) => {
        const { title, docs, limits = {}, config } = channels.get(name)!;
        return {
          name,
          title,
          docs,
          ...typeof limits === "function" ? {} : { limits },
          config: inputSchema(config),
        };
      }),
      broken: Object.fromEntries(channels.broken),
      faults: channels.faults.list(),
    }));
  return app;
}
