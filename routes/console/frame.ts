import { Hono } from "hono";
import { FRAME, type Shell } from "./shell.ts";

/** `GET /frame?at=/incidents`: the parts of the frame that change while a page is open: the counts and the relay's state. */
export function frameRoutes(shell: Shell): Hono {
  const app = new Hono();
  app.get(FRAME, async (c) => {
    const view = await shell.open(c);
    return await view.html("console/frame", { title: "" });
  });
  return app;
}
