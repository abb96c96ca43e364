/**
 * Alertmanager's API v2: for Prometheus, which sends alerts to it, and for amtool, karma and Grafana, which read and
 * silence them. Its alerts are the open incidents, its receivers the groups, its silences the relay's.
 *
 * Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
 *
 * @module
 */
import { Hono, type MiddlewareHandler } from "hono";
import type { Relay } from "../../relay/relay.ts";
import { roleFor } from "../api/guard.ts";
import { authorise } from "../http/identity.ts";
import { alertRoutes } from "./alerts.ts";
import { answerErrors, routerError } from "./errors.ts";
import { receiverRoutes } from "./receivers.ts";
import { silenceRoutes } from "./silences.ts";
import { statusRoutes } from "./status.ts";

/** The addresses, and the methods of each. */
const METHODS: Readonly<Record<string, string[]>> = {
  "/api/v2/alerts": ["POST", "GET"], // POST has a door of its own, mounted in app.ts
  "/api/v2/alerts/groups": ["GET"],
  "/api/v2/receivers": ["GET"],
  "/api/v2/silence/:id": ["GET", "DELETE"],
  "/api/v2/silences": ["GET", "POST"],
  "/api/v2/status": ["GET"],
};

/** All addresses of Alertmanager's API. */
export function alertmanagerApiRoutes(
  relay: Relay,
  { report }: { report: (words: string) => void },
): Hono {
  const app = new Hono();
  // Doors with other credentials stand before the guard.
  const guard: MiddlewareHandler = async (c, next) => {
    c.set("who", await authorise(c, { relay, role: roleFor(c.req.method, c.req.path) }));
    c.header("cache-control", "no-store");
    await next();
  };
  for (const [path, methods] of Object.entries(METHODS)) app.on(methods, path, guard);
  for (const routes of [alertRoutes, receiverRoutes, silenceRoutes, statusRoutes]) {
    app.route("/", routes(relay));
  }
  for (const [path, methods] of Object.entries(METHODS)) {
    app.all(path, (c) => {
      throw routerError(405, `method ${c.req.method} is not allowed, but [${methods.join(",")}] are`, {
        headers: { allow: methods.join(", ") },
      });
    });
  }
  app.all("/api/v2/*", (c) => {
    throw routerError(404, `path ${c.req.path.slice(0, 200)} was not found`);
  });
  app.onError(answerErrors(relay, { report }));
  return app;
}
