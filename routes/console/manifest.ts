import { Hono } from "hono";
import type { Relay } from "../../relay/relay.ts";
import { basePathOf } from "../http/base_path.ts";
import { assetPaths, ICONS } from "./assets.ts";

/** `GET /manifest.webmanifest`: the web app manifest. Browsers request it without a session. */
export function manifestRoutes({ query }: Relay): Hono {
  const app = new Hono();
  app.get("/manifest.webmanifest", async (c) => {
    const base = basePathOf(query.config.publicUrl);
    const { of } = await assetPaths();
    const manifest = {
      id: `${base}/`,
      name: "烽火 Fenghuo",
      short_name: "烽火",
      start_url: `${base}/`,
      scope: `${base}/`,
      display: "standalone",
      background_color: "#f7f6f3",
      theme_color: "#b3351b",
      icons: ICONS.filter(({ purpose }) => purpose !== "touch").map(({ name, size, purpose }) => ({
        src: base + of(name),
        sizes: `${size}x${size}`,
        type: "image/png",
        purpose,
      })),
    };
    return c.body(JSON.stringify(manifest), 200, {
      "content-type": "application/manifest+json",
      "cache-control": "public, max-age=3600",
    });
  });
  return app;
}
