import { type Context, Hono } from "hono";
import { sha256Hex } from "../../relay/base/hash.ts";
import { gzip, takesGzip } from "../http/gzip.ts";

/** A file that pages load. */
interface AssetSource {
  readonly type: string;
  readonly read: () => Promise<string>;
}

const CSS = "text/css; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";

const ours = (file: string, type: string): AssetSource => ({
  type,
  read: () => Deno.readTextFile(new URL(`../../templates/console/${file}`, import.meta.url)),
});

/** A library's file is imported as text from its package: cached and locked like every import, and not executed here. */
const theirs = (type: string, load: () => Promise<{ default: string }>): AssetSource => ({
  type,
  read: async () => (await load()).default,
});

/** All assets, by name. */
const SOURCES: Readonly<Record<string, AssetSource>> = {
  "console.css": ours("console.css", CSS),
  "console.js": ours("console.js", SCRIPT),
  "icon.svg": ours("icon.svg", "image/svg+xml"),
  "htmx.js": theirs(SCRIPT, () => import("htmx.org/dist/htmx.min.js", { with: { type: "text" } })),
  "uplot.js": theirs(SCRIPT, () => import("uplot/dist/uPlot.iife.min.js", { with: { type: "text" } })),
  "uplot.css": theirs(CSS, () => import("uplot/dist/uPlot.min.css", { with: { type: "text" } })),
};

/** An asset as it is served. */
interface Asset {
  readonly type: string;
  readonly text: string;
  readonly gzip: Uint8Array<ArrayBuffer>;
  /** Contains a hash of the contents, so that a browser may cache it forever. */
  readonly path: string;
}

let loaded: Promise<ReadonlyMap<string, Asset>> | undefined;

/** Read, hashed and compressed on the first request: most relays at the edge never show a page. */
function assets(): Promise<ReadonlyMap<string, Asset>> {
  return loaded ??= Promise.all(
    Object.entries(SOURCES).map(async ([name, { type, read }]): Promise<[string, Asset]> => {
      const text = await read();
      return [name, { type, text, gzip: await gzip(text), path: `/assets/${sha256Hex(text, 12)}/${name}` }];
    }),
  ).then((entries) => new Map(entries)).catch((error) => {
    loaded = undefined;
    throw error;
  });
}

/** Name → the address to load it from. */
export async function assetPaths(): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries([...await assets()].map(([name, { path }]) => [name, path]));
}

/** `GET /assets/:hash/:name`, cached forever; `GET /assets/:name`, for a short time. */
export function assetRoutes(): Hono {
  const app = new Hono();
  const serve = async (c: Context): Promise<Response> => {
    const hash = c.req.param("hash");
    const asset = (await assets()).get(c.req.param("name") ?? "");
    if (!asset || (hash !== undefined && c.req.path !== asset.path)) return c.notFound();
    const isGzip = takesGzip(c);
    return c.body(isGzip ? asset.gzip : asset.text, 200, {
      "content-type": asset.type,
      "cache-control": hash === undefined ? "public, max-age=300" : "public, max-age=31536000, immutable",
      vary: "accept-encoding",
      ...isGzip ? { "content-encoding": "gzip" } : {},
    });
  };
  app.get("/assets/:name", serve);
  app.get("/assets/:hash/:name", serve);
  return app;
}
