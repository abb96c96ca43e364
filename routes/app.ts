import { type Context, Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { RouterRoute } from "hono/types";
import { BusyError } from "../relay/access/password.ts";
import type { Relay } from "../relay/relay.ts";
import { StoreError } from "../relay/store/errors.ts";
import { alarmV2Routes } from "./alarm_v2.ts";
import { alertmanagerRoutes } from "./alertmanager.ts";
import { apiRoutes } from "./api/mod.ts";
import type { Manual } from "./api/openapi.ts";
import { assetRoutes } from "./console/assets.ts";
import { errorPage, type Failure } from "./console/error_page.ts";
import { PAGES } from "./console/mod.ts";
import { receivedPageRoutes } from "./console/alerts/received.ts";
import { mailPageRoutes } from "./console/preview.ts";
import { Shell } from "./console/shell.ts";
import { signInRoutes } from "./console/sign_in.ts";
import { templateMailRoutes } from "./console/templates.ts";
import { dingTalkRobotRoutes } from "./dingtalk_robot.ts";
import { dingTalkWebhookRoutes } from "./dingtalk_webhook.ts";
import { RequestError } from "./errors.ts";
import { eventRoutes } from "./events.ts";
import { healthRoutes } from "./health.ts";
import { ocpRoutes } from "./ocp/ocp.ts";
import { ocpChannelRoutes } from "./ocp/channel.ts";
import { prometheusAlertRoutes } from "./prometheusalert.ts";
import { wantsHtml } from "./wants_html.ts";

/** Seconds after which a caller that was answered 503 should try again. */
const RETRY_AFTER = "5";

/** All doors of the relay. `report` is called with errors that nobody foresaw. */
export function createApp(relay: Relay, options: { report: (words: string) => void }): Hono {
  return mount(relay, options).app;
}

/** The same, with the routes of all of it. */
export function mount(
  relay: Relay,
  { report }: { report: (words: string) => void },
): { app: Hono; routes: () => RouterRoute[] } {
  const routes = (): RouterRoute[] => [...pages.routes, ...app.routes];
  let document: ReturnType<Manual> | undefined;
  const manual: Manual = () =>
    document ??= import("./openapi/document.ts").then(({ documentOf }) => documentOf(routes()));
  const pages = createPages(relay, { report, manual });
  // The doors that a storm comes through are an app of their own: an alert passes nothing on its way but its door.
  const app = new Hono();
  // A person who opens the relay's address wants to see it, a program to know how to use it.
  app.get("/", (c, next) => wantsHtml(c) ? pages.fetch(c.req.raw, c.env) as Promise<Response> : next());
  app.route("/", alertmanagerRoutes(relay));
  app.route("/", alarmV2Routes(relay, { report }));
  app.notFound((c) => pages.fetch(c.req.raw, c.env));
  app.onError((error, c) => answer(c, failureOf(error, c, report)));
  return { app, routes };
}

/** All other doors. What a browser may show has headers that say what it may do with it. */
function createPages(
  relay: Relay,
  { report, manual }: { report: (words: string) => void; manual: Manual },
): Hono {
  const app = new Hono();
  const shell = new Shell(relay, PAGES, { manual });
  app.route("/", mailPageRoutes(relay)); // before the headers: they bring their own
  app.route("/", templateMailRoutes(relay));
  app.route("/", receivedPageRoutes(relay));
  app.use(secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      connectSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      frameSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
    referrerPolicy: "same-origin", // with "no-referrer" a form would not say which site it comes from
  }));
  app.route("/", healthRoutes(relay));
  app.route("/", assetRoutes());
  app.route("/", eventRoutes(relay));
  app.route("/", signInRoutes(shell));
  for (const { routes } of PAGES) app.route("/", routes(shell));
  app.route("/", ocpRoutes(relay, { report }));
  app.route("/", ocpChannelRoutes(relay, { report }));
  app.route("/", apiRoutes(relay, manual)); // after OCP's, whose addresses begin with /api, too
  app.route("/", dingTalkRobotRoutes(relay, { report }));
  app.route("/", dingTalkWebhookRoutes(relay));
  app.route("/", prometheusAlertRoutes(relay));
  const fail = (c: Context, failure: Failure): Promise<Response> | Response =>
    wantsHtml(c) ? errorPage(c, shell, failure) : answer(c, failure);
  app.notFound((c) =>
    fail(c, { status: 404, message: `There is nothing at ${c.req.method} ${c.req.path.slice(0, 200)}` })
  );
  app.onError((error, c) => fail(c, failureOf(error, c, report)));
  return app;
}

/** What an error is answered. One that nobody foresaw is reported. */
function failureOf(error: Error, c: Context, report: (words: string) => void): Failure {
  const { message } = error;
  if (error instanceof RequestError) {
    const { status, headers, details } = error;
    return { status, message, headers, details, error };
  }
  if (error instanceof StoreError || error instanceof BusyError) {
    return { status: 503, message, headers: { "retry-after": RETRY_AFTER } };
  }
  report(`Cannot answer ${c.req.method} ${c.req.path.slice(0, 200)}: ${error.stack ?? error}`);
  return { status: 500, message: "Something broke inside the relay: see its log" };
}

/** An error for a program. */
function answer(c: Context, { status, message, headers = {}, details = {} }: Failure): Response {
  return c.json({ error: message, ...details }, status, { ...headers });
}

/** Stands in for the relay while its configuration is wrong: every door answers 503 and says what is missing. */
export function createUnconfiguredApp(complaints: readonly string[]): Hono {
  const app = new Hono();
  app.get("/healthz", (c) => c.json({ alive: true }));
  app.all(
    "*",
    (c) => c.json({ error: "The relay is not configured", complaints }, 503, { "retry-after": "60" }),
  );
  return app;
}
