import { type Context, Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { Relay } from "../relay/relay.ts";
import { StoreError } from "../relay/store/errors.ts";
import { alarmV2Routes } from "./alarm_v2.ts";
import { alertmanagerRoutes } from "./alertmanager.ts";
import { apiRoutes } from "./api/mod.ts";
import { assetRoutes } from "./console/assets.ts";
import { inboxRoutes } from "./console/inbox.ts";
import { memberRoutes } from "./console/members.ts";
import { mailPageRoutes, previewRoutes } from "./console/preview.ts";
import { dingTalkRobotRoutes } from "./dingtalk_robot.ts";
import { dingTalkWebhookRoutes } from "./dingtalk_webhook.ts";
import { RequestError } from "./errors.ts";
import { healthRoutes } from "./health.ts";
import { ocpRoutes } from "./ocp/ocp.ts";
import { ocpChannelRoutes } from "./ocp/channel.ts";
import { prometheusAlertRoutes } from "./prometheusalert.ts";

/** Seconds after which a caller that was answered 503 should try again. */
const RETRY_AFTER = "5";

/** All doors of the relay. `report` is called with errors that nobody foresaw. */
export function createApp(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const pages = createPages(relay, { report });
  // The doors that a storm comes through are an app of their own: an alert passes nothing on its way but its door.
  const app = new Hono();
  app.route("/", alertmanagerRoutes(relay));
  app.route("/", alarmV2Routes(relay, { report }));
  app.notFound((c) => pages.fetch(c.req.raw));
  app.onError((error, c) => answerTo(error, c, report));
  return app;
}

/** All other doors. What a browser may show has headers that say what it may do with it. */
function createPages(relay: Relay, { report }: { report: (words: string) => void }): Hono {
  const app = new Hono();
  app.route("/", mailPageRoutes(relay)); // before the headers: it brings its own
  app.use(secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      frameSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  }));
  app.route("/", healthRoutes(relay));
  app.route("/", assetRoutes());
  app.route("/", inboxRoutes(relay));
  app.route("/", previewRoutes(relay));
  app.route("/", memberRoutes(relay));
  app.route("/", ocpRoutes(relay, { report }));
  app.route("/", ocpChannelRoutes(relay, { report }));
  app.route("/", apiRoutes(relay)); // after OCP's, whose addresses begin with /api, too
  app.route("/", dingTalkRobotRoutes(relay, { report }));
  app.route("/", dingTalkWebhookRoutes(relay));
  app.route("/", prometheusAlertRoutes(relay));
  app.notFound((c) =>
    c.json({ error: `There is nothing at ${c.req.method} ${c.req.path.slice(0, 200)}` }, 404)
  );
  app.onError((error, c) => answerTo(error, c, report));
  return app;
}

function answerTo(error: Error, c: Context, report: (words: string) => void): Response {
  if (error instanceof RequestError) {
    return c.json({ error: error.message, ...error.details }, error.status, { ...error.headers });
  }
  if (error instanceof StoreError) {
    return c.json({ error: error.message }, 503, { "retry-after": RETRY_AFTER });
  }
  report(`Cannot answer ${c.req.method} ${c.req.path.slice(0, 200)}: ${error.stack ?? error}`);
  return c.json({ error: "Something broke inside the relay: see its log" }, 500);
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
