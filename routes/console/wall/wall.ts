import { type Context, Hono } from "hono";
import { VERSION } from "../../../relay/base/version.ts";
import { MINUTE } from "../../../relay/base/duration.ts";
import { formatDuration } from "../../../relay/base/time.ts";
import { SEVERITIES } from "../../../relay/domain/severity.ts";
import type { WallView } from "../../../relay/query/wall/wall.ts";
import { PageError } from "../../http/errors.ts";
import { assetPaths } from "../assets.ts";
import type { Shell, View } from "../shell.ts";
import { wallStreams } from "./stream.ts";
import { accountViewer, giveWall, linkViewer, renewWall, type WallViewer } from "./viewer.ts";

/**
 * `GET /wall`: a screen on the wall, for accounts · `GET /wall/:id`: the same for a browser with a link's cookie ·
 * `GET /wall/open/:secret`: a link, which sets the cookie · below a wall: `board`, the changing part, and `events`.
 */
export function wallRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const stream = wallStreams(relay);
  const app = new Hono();

  app.get("/wall", async (c) => await page(c, await accountViewer(c, relay)));
  app.get("/wall/board", async (c) => await board(c, await accountViewer(c, relay)));
  app.get("/wall/events", async (c) => stream(c, await accountViewer(c, relay), await build()));

  app.get("/wall/open/:secret", async (c) => {
    const { commands: { walls }, query: { clock } } = relay;
    const secret = c.req.param("secret");
    const link = await walls.ofSecret(secret, clock.now());
    if (link === undefined) return await over(c);
    giveWall(c, secret, link, relay);
    return (await shell.openToAll(c)).done(`/wall/${link.id}`);
  });
  app.get("/wall/:id", async (c) => {
    const viewer = await linkViewer(c, relay);
    if (viewer === undefined) return await over(c);
    renewWall(c, c.req.param("id"), relay);
    return await page(c, viewer);
  });
  app.get("/wall/:id/board", async (c) => await board(c, await ofLink(c)));
  app.get("/wall/:id/events", async (c) => stream(c, await ofLink(c), await build()));
  return app;

  async function ofLink(c: Context): Promise<WallViewer> {
    const viewer = await linkViewer(c, relay);
    if (viewer === undefined) throw new PageError(403, "wall.revoked");
    return viewer;
  }

  async function page(c: Context, viewer: WallViewer): Promise<Response> {
    const view = await shell.openToAll(c, { locale: viewer.options.locale });
    return await view.html("console/wall/wall", {
      title: view.t("wall.title"),
      ...await wallOf(view, viewer),
      path: viewer.path,
      search: new URL(c.req.url).search,
      dim: viewer.options.dim,
      build: await build(),
    });
  }

  async function board(c: Context, viewer: WallViewer): Promise<Response> {
    const view = await shell.openToAll(c, { locale: viewer.options.locale });
    return await view.html("console/wall/board", { title: "", ...await wallOf(view, viewer) });
  }

  async function wallOf({ locale }: View, { options }: WallViewer): Promise<Record<string, unknown>> {
    const wall = await (await relay.query.wall()).view(options.groups);
    return {
      ...options.names ? wall : withoutNames(wall),
      severitiesOf: SEVERITIES,
      lasting: (ms: number) => formatDuration(ms < MINUTE ? ms : Math.floor(ms / MINUTE) * MINUTE, locale),
      names: options.names,
      only: options.groups,
      faults: relay.query.warnings(locale).length,
    };
  }

  /** The link does not exist, is incomplete, or was revoked. */
  async function over(c: Context): Promise<Response> {
    const view = await shell.openToAll(c);
    return await view.html("console/wall/over", { title: view.t("wall.title"), status: 403 });
  }
}

/** The version of the page: a browser that has another one loads the page again. */
async function build(): Promise<string> {
  return `${VERSION} ${(await assetPaths()).of("wall.js")}`;
}

/** The wall without the names of people. */
function withoutNames({ acknowledged, ...wall }: WallView): WallView {
  return {
    ...wall,
    acknowledged: { ...acknowledged, rows: acknowledged.rows.map((row) => ({ ...row, people: [] })) },
  };
}
