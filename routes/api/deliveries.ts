import { Hono } from "hono";
import { z } from "zod";
import { LISTS } from "../../relay/query/deliveries.ts";
import { isDeliveryId } from "../../relay/domain/record.ts";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../http/errors.ts";
import { endpoint } from "./endpoint.ts";
import { page, pointInTime } from "./input.ts";
import { readTime } from "./time.ts";

const about = (description: string, example: string): z.ZodOptional<z.ZodString> =>
  z.string().optional().meta({ description, examples: [example] });

const query = z.looseObject({
  list: z.enum(LISTS).default("recent").meta({
    description: "Waiting deliveries, the oldest first; dead ones, or all that were tried, the newest first",
  }),
  destination: about("A destination: owner/level/name", "chenmin/3/night-robot"),
  group: about("A group: owner/level", "chenmin/3"),
  reason: about("Why the group is notified", "first"),
  state: about(
    "What it came to, or `skipped` for those with nothing to send; of `waiting`: pause, quiet, due or turn",
    "delivered",
  ),
  since: pointInTime,
  from: z.string().refine(isDeliveryId, { error: "must be a delivery's id" }).optional().meta({
    description: "The `next` of the previous answer",
  }),
  limit: page.shape.limit,
});

/**
 * `GET /api/deliveries?list=waiting|dead|recent`: deliveries by destination, group, reason and state · `GET
 * /api/deliveries/:id`: one, with every attempt · `GET /api/digests/:id`: a digest, with the ids of its deliveries.
 */
export function deliveryRoutes({ query: { deliveries, clock, config } }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "Deliveries: waiting, dead, or all that were tried",
    details:
      "`since` is the time of death of dead deliveries. A search that takes too long stops and says how far it " +
      "`lookedTo`; `next` goes on.",
    query,
    answer: ({ foundDeliveries }) => foundDeliveries,
  });
  app.get("/api/deliveries", list, async (c) => {
    const { list, from, limit, destination, group, reason, state, since } = c.req.valid("query");
    const here = { now: clock.now(), timezone: config.timezone };
    const filter = { destination, group, reason, state, since: readTime("since", since, here) };
    return c.json(await deliveries.find(list, filter, { from, limit }));
  });

  const one = endpoint({
    summary: "One delivery that was tried, with every attempt",
    answer: ({ delivery }) => z.object({ delivery }),
    refusals: { 404: "It was never tried, or is no longer kept" },
  });
  app.get("/api/deliveries/:id", one, async (c) => {
    const id = c.req.param("id");
    const delivery = await deliveries.get(id);
    if (delivery) return c.json({ delivery });
    throw new RequestError(404, "There is no delivery of this id: it was never tried, or is no longer kept");
  });

  const digest = endpoint({
    summary: "A digest: its text, and the ids of its deliveries",
    answer: ({ digest }) => z.object({ digest }),
    refusals: { 404: "There is no such digest, or it is no longer kept" },
  });
  app.get("/api/digests/:id", digest, async (c) => {
    const digest = await deliveries.digest(c.req.param("id"));
    if (digest) return c.json({ digest });
    throw new RequestError(404, "There is no digest of this id, or it is no longer kept");
  });
  return app;
}
