import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../http/errors.ts";
import { endpoint } from "./endpoint.ts";
import { whoIs } from "./who.ts";

/** `GET /api/targets`: the targets named by addresses of PrometheusAlert · `DELETE /api/targets/adhoc/:name`. */
export function targetRoutes({ commands, query: { targets } }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "Targets that addresses named, as in /prometheusalert?ddurl=…; the most recently used first",
    details:
      "Without their secrets. At most 1,000 are stored, 500 per sender: the least recently used is evicted.",
    answer: ({ target }) => z.object({ targets: z.array(target) }),
  });
  app.get("/api/targets", list, async (c) => c.json({ targets: await targets.all() }));

  const remove = endpoint({
    summary: "Remove a target that addresses named",
    details:
      "Its waiting deliveries are still sent. The next alert whose address names it adds it again: to prevent that, " +
      "revoke the sender's token, or remove the host from `allowed_targets`.",
    answer: () => z.object({ removed: z.string() }),
    refusals: { 404: "There is no such target, or it was removed" },
  });
  app.delete("/api/targets/adhoc/:name", remove, async (c) => {
    const id = `adhoc/${c.req.param("name")}`;
    if (!await commands.removeTarget(id, whoIs(c))) {
      throw new RequestError(
        404,
        `There is no target ${id}: it may have been removed, or not used for 14 days`,
      );
    }
    return c.json({ removed: id });
  });
  return app;
}
