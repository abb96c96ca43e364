import { type Context, Hono } from "hono";
import type { RouterRoute } from "hono/types";
import type { Relay } from "../relay/relay.ts";
import { postAlertsRoutes } from "./alertmanager_api/post_alerts.ts";
import { alarmV2Routes } from "./dialects/alarm_v2.ts";
import { alertmanagerRoutes } from "./dialects/alertmanager.ts";
import { isNtfyRobot } from "./dialects/ntfy_token.ts";
import type { Manual } from "./api/openapi.ts";
import { answerFailure, failureOf } from "./http/failure.ts";
import { routePath } from "./http/path.ts";
import { noteRefusal } from "./http/refused.ts";
import { wantsHtml } from "./http/wants_html.ts";

/** All doors of the relay. `report` is called with unexpected errors. */
export function createApp(relay: Relay, options: { report: (words: string) => void }): Hono {
  return mount(relay, options).app;
}

/** The same, with the routes of all of it. */
export function mount(
  relay: Relay,
  { report }: { report: (words: string) => void },
): { app: Hono; routes: () => Promise<readonly RouterRoute[]> } {
  let loaded: Promise<Hono> | undefined;
  const routes = async (): Promise<RouterRoute[]> => [...(await pages()).routes, ...app.routes];
  let document: ReturnType<Manual> | undefined;
  const manual: Manual = () =>
    document ??= import("./api/openapi/document.ts").then(async ({ documentOf }) =>
      documentOf(await routes())
    );
  const pages = (): Promise<Hono> =>
    // Most starts at the edge are for one alert, which waits for neither.
    loaded ??= Promise.all([import("./pages.ts"), relay.query.channels.load()])
      .then(([{ createPages }]) => createPages(relay, { report, manual }));
  const others = async (c: Context): Promise<Response> => await (await pages()).fetch(c.req.raw, c.env);
  // The doors that a storm comes through are an app of their own: an alert passes nothing on its way but its door.
  const app = new Hono({ getPath: routePath });
  // A person who opens the relay's address gets the console, a program its manual.
  app.get("/", (c, next) => wantsHtml(c) ? others(c) : next());
  // With the token of a group's robot it is a message for ntfy, whose publishers send JSON here.
  app.on(
    ["POST", "PUT"],
    "/",
    (c, next) => isNtfyRobot(c.req.raw, relay.query.config.robots) ? others(c) : next(),
  );
  app.route("/", alertmanagerRoutes(relay));
  app.route("/", alarmV2Routes(relay, { report }));
  app.route("/", postAlertsRoutes(relay, { report }));
  app.notFound(others);
  app.onError(async (error, c) => {
    const failure = failureOf(error, c, report);
    await noteRefusal(c, relay, { door: "alertmanager", status: failure.status, reason: failure.message });
    return answerFailure(c, failure);
  });
  return { app, routes };
}
