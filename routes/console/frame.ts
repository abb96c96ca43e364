import { Hono } from "hono";
import { wantsHtml } from "../http/wants_html.ts";
import { FRAME, type Shell } from "./shell.ts";

/**
 * `GET /frame?at=/incidents`: the parts of the frame that change while a page is open: the counts and the relay's
 * state. As JSON: the counts of incidents, for hidden tabs; 204 while they cannot be computed in time.
 */
export function frameRoutes(shell: Shell): Hono {
  const app = new Hono();
  app.get(FRAME, async (c) => {
    const view = await shell.open(c);
    if (wantsHtml(c)) return await view.html("console/frame", { title: "" });
    c.header("cache-control", "no-store");
    const pulse = await shell.relay.query.pulse();
    return pulse === undefined ? c.body(null, 204) : c.json(pulse.incidents);
  });
  return app;
}
