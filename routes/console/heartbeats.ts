import { Hono } from "hono";
import { formatDuration } from "../../relay/base/time.ts";
import type { Shell } from "./shell.ts";

/** `/heartbeats`: the configured heartbeats, and the call for a job. */
export function heartbeatPages(shell: Shell): Hono {
  const { relay: { query } } = shell;
  const app = new Hono();

  app.get("/heartbeats", async (c) => {
    const view = await shell.open(c);
    const { config: { publicUrl, calledHeartbeats } } = query;
    const [example = "nightly-backup"] = calledHeartbeats.keys();
    return await view.html("console/heartbeats", {
      title: view.t("heartbeats.title"),
      heartbeats: await query.heartbeats(),
      outgoing: query.outgoing,
      lasts: (ms: number) => formatDuration(ms, view.locale),
      curl: `curl -fsS -m 10 --retry 5 -H "Authorization: Bearer $FENGHUO_INTAKE_TOKEN" ` +
        `${publicUrl ?? new URL(c.req.url).origin}/heartbeat/${example}`,
    });
  });
  return app;
}
