import { Hono } from "hono";
import type { Relay } from "../../../relay/relay.ts";
import { incidentActRoutes } from "./act.ts";
import { incidentCountRoutes } from "./counts.ts";
import { incidentListRoutes } from "./list.ts";
import { manyIncidentsRoutes } from "./many.ts";
import { relatedRoutes } from "./related.ts";
import { timelineRoutes } from "./timeline.ts";

/** The endpoints of incidents and of the actions on them. */
export function incidentRoutes(relay: Relay): Hono {
  const app = new Hono();
  for (
    const routes of [
      incidentCountRoutes, // before /:id
      incidentListRoutes,
      relatedRoutes,
      manyIncidentsRoutes,
      incidentActRoutes,
      timelineRoutes,
    ]
  ) {
    app.route("/", routes(relay));
  }
  return app;
}
