import { Hono } from "hono";
import type { Relay } from "../../relay/relay.ts";
import { requireAdminToken } from "../auth.ts";
import { alertRoutes } from "./alerts.ts";
import { auditRoutes } from "./audit.ts";
import { configRoutes } from "./config.ts";
import { configFileRoutes } from "./config_file.ts";
import { deadRoutes } from "./dead.ts";
import { incidentRoutes } from "./incidents.ts";
import { ledgerRoutes } from "./ledger.ts";
import { memberRoutes } from "./members.ts";

/** What the relay knows and does, as JSON for people's programs: one file for each resource. The admin password is the token. */
export function apiRoutes(relay: Relay): Hono {
  const app = new Hono();

  app.use("/api/*", async (c, next) => {
    requireAdminToken(c.req.raw, { password: relay.config.adminPassword });
    c.header("cache-control", "no-store");
    await next();
  });
  for (
    const routes of [
      alertRoutes,
      auditRoutes,
      configFileRoutes, // before the items
      configRoutes,
      deadRoutes,
      incidentRoutes,
      ledgerRoutes,
      memberRoutes,
    ]
  ) {
    app.route("/", routes(relay));
  }
  return app;
}
