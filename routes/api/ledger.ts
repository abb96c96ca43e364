import { Hono } from "hono";
import { z } from "zod";
import { recountable } from "../../relay/query/recount.ts";
import { wholeHours } from "../../relay/query/ledger.ts";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../http/errors.ts";
import { endpoint } from "./endpoint.ts";
import { pointInTime } from "./input.ts";
import { readTime } from "./time.ts";
import { DAY } from "../../relay/base/duration.ts";

/** The default period. */

const query = z.looseObject({
  from: pointInTime,
  to: pointInTime,
  verify: z.string().optional().meta({ description: "1: also count the records", examples: ["1"] }),
});

/**
 * `GET /api/ledger?from=&to=&verify=1`: the outcomes of everything that was accepted, in whole hours; with `verify`,
 * also counted from the records.
 */
export function ledgerRoutes({ query: { figures, clock, config } }: Relay): Hono {
  const app = new Hono();

  const ledger = endpoint({
    summary: "The outcome of everything that was accepted in a period",
    details:
      "In whole hours; the last 24 unless it says otherwise. For every alert and every destination it was " +
      "routed to, exactly one of delivered, suppressed, pending and dead.",
    query,
    answer: ({ sum, recounted }) => sum.extend({ verified: recounted.exactOptional() }),
  });
  app.get("/api/ledger", ledger, async (c) => {
    const now = clock.now();
    const { retention, timezone } = config;
    const here = { now, timezone };
    const { from, to, verify } = c.req.valid("query");
    const asked = {
      from: readTime("from", from, here) ?? now - DAY,
      to: readTime("to", to, here) ?? now + 1, // includes this moment
    };
    if (asked.from > asked.to) throw new RequestError(422, "from: it must not be later than `to`");
    const period = wholeHours(asked, { now, retention: Math.max(retention.alerts, retention.dead) });
    const tallied = await figures.ledger(period);
    if (verify !== "1") return c.json(tallied);
    const stored = recountable(asked, { now, retention: retention.alerts });
    return c.json({ ...tallied, verified: await figures.recount(stored) });
  });
  return app;
}
