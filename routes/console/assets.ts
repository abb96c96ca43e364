import { Hono } from "hono";

/** What the pages need beside themselves: name → file and content type. */
const ASSETS: Readonly<Record<string, { file: string; type: string }>> = {
  "console.css": { file: "../../templates/console/console.css", type: "text/css; charset=utf-8" },
  "icon.svg": { file: "../../templates/console/icon.svg", type: "image/svg+xml" },
};

/** `GET /assets/…`: read when first asked for, because most starts at the edge never show a page. */
export function assetRoutes(): Hono {
  const app = new Hono();
  const loaded = new Map<string, Promise<string>>();
  app.get("/assets/:name", async (c) => {
    const name = c.req.param("name");
    const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (!asset) return c.notFound();
    let text = loaded.get(name);
    if (!text) loaded.set(name, text = Deno.readTextFile(new URL(asset.file, import.meta.url)));
    return c.body(await text, 200, { "content-type": asset.type, "cache-control": "public, max-age=300" });
  });
  return app;
}
