import { Hono } from "hono";
import { translator } from "../../relay/message/locale.ts";
import type { Relay } from "../../relay/relay.ts";
import { formatAgo, formatTime } from "../../relay/message/time.ts";
import { requireAdmin } from "../auth.ts";
import { localeOf } from "./language.ts";
import { sampleCurl } from "../greeting.ts";

/** Messages that the page shows. */
const SHOWN = 100;

/** `GET /inbox`: the messages that the inbox kept, the newest first, as a page or as JSON. */
export function inboxRoutes(relay: Relay): Hono {
  const { config, channels, store, templates, clock } = relay;
  const app = new Hono();
  app.get("/inbox", async (c) => {
    requireAdmin(c.req.raw, { password: config.adminPassword });
    const messages = await store.caches.newest("inbox", SHOWN);
    c.header("cache-control", "no-store");
    c.header("vary", "accept, accept-language");
    if (!wantsHtml(c.req.header("accept"))) return c.json({ messages });
    const locale = localeOf(c.req.header("accept-language"), config.locale);
    const { timezone } = config;
    const now = clock.now();
    return c.html(templates.html("console/inbox", {
      locale,
      messages,
      channels: channels.names().filter((name) => name !== "inbox"),
      timezone,
      now,
      t: translator(locale),
      time: (ms: number) => formatTime(ms, { timezone }),
      ago: (ms: number) => formatAgo(ms, { now, locale }),
      curl: sampleCurl({
        url: config.publicUrl ?? new URL(c.req.url).origin,
        token: "$FENGHUO_INTAKE_TOKEN",
      }),
    }));
  });
  return app;
}

/** A browser names `text/html` first; a program that names nothing, or takes anything, gets JSON. */
function wantsHtml(accept = ""): boolean {
  const html = accept.indexOf("text/html");
  const json = accept.indexOf("application/json");
  return html >= 0 && (json < 0 || html < json);
}
