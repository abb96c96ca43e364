import { Hono } from "hono";
import { allows } from "../../relay/domain/role.ts";
import { PAGES } from "./mod.ts";
import type { Shell } from "./shell.ts";

/**
 * Addresses that people type or remember from another program: `GET /settings`: the first page of the settings that
 * their role may see · `GET /alert_info`: the alert log · `GET /incidents/statistics`: the noise report, at its
 * former address.
 */
export function redirectRoutes(shell: Shell): Hono {
  const app = new Hono();
  app.get("/settings", async (c) => {
    const view = await shell.open(c);
    const first = PAGES.find(({ entry, role }) => entry === "nav.settings" && allows(view.who!.role, role));
    return view.done(first?.path ?? "/");
  });
  app.get("/incidents/statistics", async (c) => {
    const view = await shell.open(c);
    return view.done(`/noise${new URL(c.req.url).search}`);
  });
  app.get("/alert_info", async (c) => (await shell.open(c)).done("/alerts"));
  return app;
}
