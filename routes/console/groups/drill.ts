import { Hono } from "hono";
import type { Shell } from "../shell.ts";

/** `POST /groups/drill`: starts a fire drill. Its card is on the page of the groups. */
export function drillFormRoutes(shell: Shell): Hono {
  const { relay: { commands } } = shell;
  const app = new Hono();

  app.post("/groups/drill", async (c) => {
    const view = await shell.submit(c, "operator");
    const started = await commands.startDrill(view.who!.name);
    return view.done("/groups", started ? "drill.started" : "drill.busy");
  });
  return app;
}
