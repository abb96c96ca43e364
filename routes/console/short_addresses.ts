import { Hono } from "hono";
import { formatDuration } from "../../relay/base/time.ts";
import { PageError } from "../http/errors.ts";
import type { Shell, View } from "./shell.ts";

/**
 * The addresses of links in messages, short because vendors count a message's bytes: `GET /a/:id`: the incident of an
 * alert · `GET /a/:id/silence`: the form for a silence of it or, with `?by=namespace,…`, of all alerts with its name
 * and these labels · `GET /d/:id`: the alerts of a digest.
 */
export function shortAddressRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();

  app.get("/a/:id", async (c) => {
    const view = await shell.open(c);
    return view.done(await pageOf(c.req.param("id"), view));
  });

  app.get("/a/:id/silence", async (c) => {
    const view = await shell.open(c, "operator");
    const search = new URLSearchParams({ alert: c.req.param("id") });
    const by = c.req.query("by");
    if (by !== undefined) search.set("by", by);
    return view.done(`/silences/new?${search}`);
  });

  app.get("/d/:id", async (c) => {
    const view = await shell.open(c);
    return view.done(`/deliveries?digest=${encodeURIComponent(c.req.param("id"))}`);
  });
  return app;

  /** The page of an alert's incident; its own without one. @throws PageError 404 */
  async function pageOf(id: string, { locale }: View): Promise<string> {
    const logged = await relay.query.alerts.get(id);
    // An open incident outlives the record of its first alert, and has the same id.
    const incident = await relay.query.incidents.get(logged?.incident ?? id);
    if (incident) return `/incidents/${incident.id}`;
    if (logged) return `/alerts/${logged.id}`;
    const kept = formatDuration(relay.query.config.retention.alerts, locale);
    throw new PageError(404, "shortAddress.gone", { params: { kept } });
  }
}
