import { Hono } from "hono";
import { sampleCurl } from "../greeting.ts";
import { wantsHtml } from "../wants_html.ts";
import type { ConsolePage } from "./page.ts";
import { previewRoutes } from "./preview.ts";
import type { Shell } from "./shell.ts";

/** Messages that the page shows. */
const SHOWN = 100;

/** `GET /inbox`: the messages that the inbox kept, the newest first, as a page or as JSON. */
export const inboxPage: ConsolePage = { path: "/inbox", title: "inbox.title", role: "viewer", routes };

function routes(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();
  app.get("/inbox", async (c) => {
    const view = await shell.open(c);
    const messages = await relay.store.caches.newest("inbox", SHOWN);
    if (!wantsHtml(c)) {
      return c.json({ messages }, 200, { "cache-control": "no-store", vary: "accept" });
    }
    return await view.html("console/inbox", {
      title: view.t("inbox.title") + (messages.length > 0 ? ` (${messages.length})` : ""),
      messages,
      channels: relay.channels.names().filter((name) => name !== "inbox"),
      curl: sampleCurl({
        url: relay.config.publicUrl ?? new URL(c.req.url).origin,
        token: "$FENGHUO_INTAKE_TOKEN",
      }),
    });
  });
  app.route("/", previewRoutes(shell));
  return app;
}
