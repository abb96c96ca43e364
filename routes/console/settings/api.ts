import { Hono } from "hono";
import type { Shell } from "../shell.ts";

const PATH = "/settings/api";

/** `/settings/api`: the API, from the OpenAPI document. */
export function apiPages(shell: Shell): Hono {
  const app = new Hono();

  app.get(PATH, async (c) => {
    const view = await shell.open(c);
    const { chaptersOf, shapesOf } = await import("../../api/openapi/chapters.ts");
    const url = shell.relay.query.config.publicUrl ?? new URL(c.req.url).origin;
    const document = { ...await shell.manual(), servers: [{ url }] };
    return await view.html("console/settings/api", {
      title: view.t("api.title"),
      chapters: chaptersOf(document),
      shapes: shapesOf(document),
    });
  });
  return app;
}
