import { Hono } from "hono";
import { recount, recountable } from "../../relay/recount.ts";
import { sum, wholeHours } from "../../relay/ledger.ts";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../errors.ts";
import { readTime } from "./time.ts";

/** What is asked for when nothing is said. */
const DAY = 86_400_000;

/**
 * `GET /api/ledger?from=&to=&verify=1`: what became of everything that was accepted in whole hours; with `verify`, what
 * the records say of it, too.
 */
export function ledgerRoutes({ store, clock, config }: Relay): Hono {
  const app = new Hono();

  app.get("/api/ledger", async (c) => {
    const now = clock.now();
    const { retention } = config;
    const { from, to, verify } = c.req.query();
    const asked = {
      from: readTime("from", from, now) ?? now - DAY,
      to: readTime("to", to, now) ?? now + 1, // this very moment included
    };
    if (asked.from > asked.to) throw new RequestError(422, "from: it must not be later than `to`");
    const period = wholeHours(asked, { now, kept: Math.max(retention.alerts, retention.dead) });
    const tallied = await sum(period, store.records);
    if (verify !== "1") return c.json(tallied);
    const kept = recountable(asked, { now, kept: retention.alerts });
    return c.json({ ...tallied, verified: await recount(kept, store.records) });
  });
  return app;
}
