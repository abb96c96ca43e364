import { type Context, Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { type Relay, StoreError } from "../relay/relay.ts";
import { alertmanagerApiRoutes } from "./alertmanager_api/mod.ts";
import { apiRoutes } from "./api/mod.ts";
import type { Manual } from "./api/openapi.ts";
import { assetRoutes } from "./console/assets.ts";
import { callbackRoutes } from "./callbacks.ts";
import { errorPage } from "./console/error_page.ts";
import { frameRoutes } from "./console/frame.ts";
import { PAGES } from "./console/mod.ts";
import { receivedPageRoutes } from "./console/alerts/received.ts";
import { mailPageRoutes } from "./console/preview.ts";
import { manifestRoutes } from "./console/manifest.ts";
import { redirectRoutes } from "./console/redirects.ts";
import { actionLinkRoutes } from "./console/action_links.ts";
import { searchPages } from "./console/search.ts";
import { Shell } from "./console/shell.ts";
import { shortAddressRoutes } from "./console/short_addresses.ts";
import { providerSignInRoutes } from "./console/provider_sign_in.ts";
import { signInRoutes } from "./console/sign_in.ts";
import { templateMailRoutes } from "./console/templates.ts";
import { dingTalkRobotRoutes } from "./dialects/dingtalk_robot.ts";
import { weComRobotRoutes } from "./dialects/wecom_robot.ts";
import { feishuRobotRoutes } from "./dialects/feishu_robot.ts";
import { dingTalkWebhookRoutes } from "./dialects/dingtalk_webhook.ts";
import { eventRoutes } from "./api/events.ts";
import { type AnsweredFailure, answerFailure, failureOf } from "./http/failure.ts";
import { healthRoutes } from "./api/health.ts";
import { heartbeatRoutes } from "./dialects/heartbeat.ts";
import { metricsRoutes } from "./metrics/metrics.ts";
import { ocpRoutes } from "./dialects/ocp/ocp.ts";
import { ocpChannelRoutes } from "./dialects/ocp/channel.ts";
import { relayRoutes } from "./dialects/relay.ts";
import { identify } from "./http/identity.ts";
import { routePath } from "./http/path.ts";
import { inRoutes } from "./dialects/in.ts";
import { appriseRoutes } from "./dialects/apprise.ts";
import { barkRoutes } from "./dialects/bark.ts";
import { gotifyRoutes } from "./dialects/gotify.ts";
import { ntfyRoutes } from "./dialects/ntfy.ts";
import { opsgenieRoutes } from "./dialects/opsgenie.ts";
import { pagerDutyRoutes } from "./dialects/pagerduty.ts";
import { prometheusAlertRoutes } from "./dialects/prometheusalert.ts";
import { watchingRoutes } from "./console/watching.ts";
import { wallRoutes } from "./console/wall/wall.ts";
import { noteRefusal } from "./http/refused.ts";
import { wantsHtml } from "./http/wants_html.ts";

const POLICY = "content-security-policy";

/** All doors except those for storms. Answers for a browser have headers that restrict its use of them. */
export function createPages(
  relay: Relay,
  { report, manual }: { report: (words: string) => void; manual: Manual },
): Hono {
  const app = new Hono({ getPath: routePath });
  const shell = new Shell(relay, PAGES, { manual });
  const headers = secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      connectSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      frameSrc: ["'self'"],
      workerSrc: ["'self'"],
      manifestSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
    strictTransportSecurity: "max-age=15552000", // hosts below this name are not ours to decide about
    referrerPolicy: "same-origin", // with "no-referrer" a form would not say which site it comes from
  });
  app.use(async (c, next) => {
    let own: string | null = null;
    await headers(c, async () => {
      await next();
      own = c.res.headers.get(POLICY);
    });
    if (own !== null) c.res.headers.set(POLICY, own); // a mail's page has its own, its error pages do not
  });
  app.route("/", mailPageRoutes(relay));
  app.route("/", templateMailRoutes(relay));
  app.route("/", receivedPageRoutes(relay));
  app.route("/", healthRoutes(relay));
  app.route("/", metricsRoutes(relay));
  app.route("/", assetRoutes());
  app.route("/", manifestRoutes(relay));
  app.route("/", eventRoutes(relay));
  app.route("/", signInRoutes(shell));
  app.route("/", providerSignInRoutes(shell));
  app.route("/", frameRoutes(shell));
  app.route("/", watchingRoutes(shell));
  app.route("/", wallRoutes(shell));
  app.route("/", searchPages(shell));
  app.route("/", redirectRoutes(shell)); // before the pages: a former address may look like one of theirs
  for (const { routes } of PAGES) app.route("/", routes(shell));
  app.route("/", shortAddressRoutes(shell));
  app.route("/", actionLinkRoutes(shell));
  app.route("/", callbackRoutes(relay, { report }));
  app.route("/", ocpRoutes(relay, { report }));
  app.route("/", ocpChannelRoutes(relay, { report }));
  app.route("/", alertmanagerApiRoutes(relay, { report })); // after OCP's, whose addresses begin with /api/v2, too
  app.route("/", apiRoutes(relay, manual)); // after both, whose addresses begin with /api
  app.route("/", dingTalkRobotRoutes(relay, { report }));
  app.route("/", weComRobotRoutes(relay, { report }));
  app.route("/", feishuRobotRoutes(relay, { report }));
  app.route("/", dingTalkWebhookRoutes(relay, { report }));
  app.route("/", prometheusAlertRoutes(relay, { report }));
  app.route("/", heartbeatRoutes(relay, { report }));
  app.route("/", inRoutes(relay, { report }));
  app.route("/", relayRoutes(relay, { report }));
  app.route("/", pagerDutyRoutes(relay, { report }));
  app.route("/", opsgenieRoutes(relay, { report }));
  app.route("/", gotifyRoutes(relay, { report }));
  app.route("/", barkRoutes(relay, { report }));
  app.route("/", appriseRoutes(relay, { report }));
  app.route("/", ntfyRoutes(relay, { report })); // the last: its topics are at the root
  const fail = (c: Context, failure: AnsweredFailure): Promise<Response> | Response =>
    wantsHtml(c) ? errorPage(c, shell, failure) : answerFailure(c, isScript(c) ? unasked(failure) : failure);
  app.notFound(async (c) => {
    const message = `There is nothing at ${c.req.method} ${c.req.path.slice(0, 200)}`;
    const isSender = c.req.method === "POST" && !c.req.path.startsWith("/api/");
    if (isSender) await noteRefusal(c, relay, { door: "none", status: 404, reason: message });
    return await fail(c, { status: 404, message });
  });
  app.onError(async (error, c) => await fail(c, await forReader(failureOf(error, c, report), c, relay)));
  return app;
}

/** With the database's own message, for an authorised reader: it may contain names that strangers must not see. */
async function forReader(failure: AnsweredFailure, c: Context, relay: Relay): Promise<AnsweredFailure> {
  const { error } = failure;
  if (!(error instanceof StoreError) || error.shown === error.message) return failure;
  const who = await identify(c, relay).catch(() => undefined);
  return who === undefined ? failure : { ...failure, message: error.message };
}

/** Whether the request comes from a page's script. */
function isScript(c: Context): boolean {
  return c.req.header("sec-fetch-dest") === "empty";
}

/** Without the challenge for a password: the browser's own window would cover the page. */
function unasked({ headers = {}, ...failure }: AnsweredFailure): AnsweredFailure {
  return {
    ...failure,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "www-authenticate")),
  };
}
