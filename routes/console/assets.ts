import { type Context, Hono } from "hono";
import { sha256Hex } from "../../relay/base/hash.ts";
import { gzip, takesGzip } from "../http/gzip.ts";
import { markedIcon } from "./marked_icon.ts";

/** The stylesheet, in the order of the cascade: first the common rules of all pages, then a page's own rules. */
const STYLES = [
  "base",
  "frame",
  "page",
  "controls",
  "forms",
  "notices",
  "status",
  "tables",
  "text",
  "charts",
  "overview",
  "noise",
  "incidents",
  "incident_page",
  "incident_list",
  "log",
  "messages",
  "groups",
  "rules",
  "setup",
  "oncall",
  "manual",
  "audit",
  "silences",
  "access",
  "search",
  "keyboard",
  "watching",
  "motion_print",
] as const;

/** The scripts; `console` imports the others. */
const SCRIPTS = [
  "console",
  "alone",
  "arrivals",
  "choices",
  "copy",
  "durations",
  "elapsed",
  "count",
  "events",
  "forms",
  "fuzzy",
  "help",
  "in_place",
  "incident",
  "incident_list",
  "keys",
  "menus",
  "palette",
  "preferences",
  "reorder",
  "pulse",
  "ring",
  "rows",
  "shared",
  "stream",
  "search_on",
  "swaps",
  "times",
  "watch",
  "watch_settings",
  "watch_sheet",
] as const;

/** The scripts of the wall, which loads nothing else; `wall` imports the others. */
const WALL_SCRIPTS = ["wall", "wall_ages", "wall_pages", "wall_stream"] as const;

/** The script of the worker that all tabs share. */
const WORKER = "hub";

/** The icons of an installed console: their sizes in pixels, and whether a platform may cut them. */
export const ICONS = [
  { name: "icon-192.png", size: 192, purpose: "any" },
  { name: "icon-512.png", size: 512, purpose: "any" },
  { name: "icon-maskable-512.png", size: 512, purpose: "maskable" },
  { name: "icon-touch-180.png", size: 180, purpose: "touch" },
] as const;

/** A file that pages load. */
interface AssetSource {
  readonly type: string;
  readonly read: () => Promise<string | Uint8Array<ArrayBuffer>>;
}

const CSS = "text/css; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";

const addressOf = (file: string): URL => new URL(`../../templates/console/${file}`, import.meta.url);

const readOurs = (file: string): Promise<string> => Deno.readTextFile(addressOf(file));

const picture = (file: string): AssetSource => ({
  type: "image/png",
  read: () => Deno.readFile(addressOf(file)),
});

/** Comments at the beginning of a line are for readers of the source: pages are loaded without them. */
const withoutComments = (text: string): string => text.replace(/^\s*\/\*[^]*?\*\/\n/gm, "");

const ours = (file: string, type: string): AssetSource => ({
  type,
  read: async () => withoutComments(await readOurs(file)),
});

/** A library's file is imported as text from its package: cached and locked like every import, and not executed here. */
const theirs = (type: string, load: () => Promise<{ default: string }>): AssetSource => ({
  type,
  read: async () => (await load()).default,
});

async function joined(styles: readonly string[]): Promise<string> {
  return withoutComments((await Promise.all(styles.map((name) => readOurs(`style/${name}.css`)))).join("\n"));
}

/** The console's stylesheet in one piece. */
export async function stylesheet(): Promise<string> {
  return await joined(STYLES);
}

/** All assets, by name. */
const SOURCES: Readonly<Record<string, AssetSource>> = {
  "console.css": { type: CSS, read: stylesheet },
  "wall.css": { type: CSS, read: () => joined(["base", "wall"]) },
  ...Object.fromEntries(
    [...SCRIPTS, WORKER, ...WALL_SCRIPTS].map((name) => [`${name}.js`, ours(`script/${name}.js`, SCRIPT)]),
  ),
  ...Object.fromEntries(ICONS.map(({ name }) => [name, picture(`icons/${name.replace("icon-", "")}`)])),
  "icon.svg": ours("icon.svg", "image/svg+xml"),
  "htmx.min.js": theirs(SCRIPT, () => import("htmx.org/dist/htmx.min.js", { with: { type: "text" } })),
};

/** An asset in its served form; a picture is already compressed. */
interface Asset {
  readonly type: string;
  readonly content: string | Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer> | undefined;
}

/** All assets. The hash of their contents is part of every address, so that a browser may cache them forever. */
interface Assets {
  readonly hash: string;
  readonly byName: ReadonlyMap<string, Asset>;
}

let loaded: Promise<Assets> | undefined;

/** Read, hashed and compressed on the first request: most relays at the edge never show a page. */
function assets(): Promise<Assets> {
  return loaded ??= Promise.all(
    Object.entries(SOURCES).map(async ([name, { type, read }]): Promise<[string, Asset]> => {
      const content = await read();
      return [name, { type, content, gzip: typeof content === "string" ? await gzip(content) : undefined }];
    }),
  ).then((entries) => ({
    hash: sha256Hex(
      JSON.stringify(
        entries.map(([name, { content }]) => [name, typeof content === "string" ? content : content.toHex()]),
      ),
      12,
    ),
    byName: new Map(entries),
  })).catch((error) => {
    loaded = undefined;
    throw error;
  });
}

/** The addresses of the assets. */
export interface AssetPaths {
  /** The address of an asset, by its name. */
  readonly of: (name: string) => string;
  /** The addresses of the scripts that `console.js` imports. */
  readonly modules: readonly string[];
}

/** The addresses of the assets. All are in one folder: scripts import each other by relative addresses. */
export async function assetPaths(): Promise<AssetPaths> {
  const { hash } = await assets();
  const of = (name: string): string => `/assets/${hash}/${name}`;
  return { of, modules: SCRIPTS.slice(1).map((name) => of(`${name}.js`)) };
}

function marked(name: string, { type, content }: Asset): Asset | undefined {
  const icon = markedIcon(name, content as string);
  return icon === undefined ? undefined : { type, content: icon, gzip: undefined };
}

/** `GET /assets/:hash/:name`, cached forever; `GET /assets/:name`, for a short time. */
export function assetRoutes(): Hono {
  const app = new Hono();
  const serve = async (c: Context): Promise<Response> => {
    const { hash, byName } = await assets();
    const name = c.req.param("name") ?? "";
    const asset = byName.get(name) ?? marked(name, byName.get("icon.svg")!);
    const asked = c.req.param("hash");
    if (!asset || (asked !== undefined && asked !== hash)) return c.notFound();
    const zipped = takesGzip(c) ? asset.gzip : undefined;
    return c.body(zipped ?? asset.content, 200, {
      "content-type": asset.type,
      "cache-control": asked === undefined ? "public, max-age=300" : "public, max-age=31536000, immutable",
      vary: "accept-encoding",
      ...zipped ? { "content-encoding": "gzip" } : {},
    });
  };
  app.get("/assets/:name", serve);
  app.get("/assets/:hash/:name", serve);
  return app;
}
