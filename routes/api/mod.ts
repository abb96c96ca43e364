import { Hono } from "hono";
import type { Relay } from "../../relay/relay.ts";
import { accountRoutes } from "./accounts.ts";
import { alertRoutes } from "./alerts.ts";
import { auditRoutes } from "./audit.ts";
import { channelRoutes } from "./channels.ts";
import { configRoutes } from "./config.ts";
import { configFileRoutes } from "./config_file.ts";
import { deadRoutes } from "./dead.ts";
import { deliveryRoutes } from "./deliveries.ts";
import { apiGuard } from "./guard.ts";
import { drillRoutes } from "./drill.ts";
import { heartbeatListRoutes } from "./heartbeats.ts";
import { inboxRoutes } from "./inbox.ts";
import { incidentRoutes } from "./incidents/mod.ts";
import { ledgerRoutes } from "./ledger.ts";
import { memberRoutes } from "./members.ts";
import { onCallRoutes } from "./oncall.ts";
import { onCallFeedRoutes } from "./oncall_feed.ts";
import { type Manual, openApiRoutes } from "./openapi.ts";
import { overviewRoutes } from "./overview.ts";
import { refusalRoutes } from "./refusals.ts";
import { searchRoutes } from "./search.ts";
import { statisticsRoutes } from "./statistics.ts";
import { targetRoutes } from "./targets.ts";
import { templateRoutes } from "./templates.ts";
import { tokenRoutes } from "./tokens.ts";
import { trialRoutes } from "./trials.ts";
import { wallRoutes } from "./walls.ts";
import { whyRoutes } from "./why.ts";
import { silenceRoutes } from "./silences.ts";

/** The JSON API for programs: one file per resource. */
export function apiRoutes(relay: Relay, manual: Manual): Hono {
  const app = new Hono();

  app.route("/", onCallFeedRoutes(relay)); // before the guard
  app.route("/", apiGuard(relay));
  for (
    const routes of [
      accountRoutes,
      alertRoutes,
      auditRoutes,
      channelRoutes,
      configFileRoutes, // before the items
      configRoutes,
      deadRoutes,
      deliveryRoutes,
      drillRoutes,
      heartbeatListRoutes,
      inboxRoutes,
      incidentRoutes,
      ledgerRoutes,
      memberRoutes,
      onCallRoutes,
      overviewRoutes,
      refusalRoutes,
      searchRoutes,
      statisticsRoutes,
      targetRoutes,
      templateRoutes,
      tokenRoutes,
      trialRoutes,
      wallRoutes,
      whyRoutes,
      silenceRoutes,
    ]
  ) {
    app.route("/", routes(relay));
  }
  app.route("/", openApiRoutes(relay, manual));
  return app;
}
