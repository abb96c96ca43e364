import { Hono } from "hono";
import type { KeptMessage } from "../../relay/channel.ts";
import { titleOfChannel } from "../../relay/message/dictionary.ts";
import { RequestError } from "../http/errors.ts";
import { sampleCurl } from "../greeting.ts";
import { wantsHtml } from "../http/wants_html.ts";
import { hasPreview, preview } from "./preview.ts";
import { messagesNow } from "./status_now.ts";
import type { Shell, View } from "./shell.ts";
import type { VendorView } from "./vendor_view.ts";

/** The number of messages on the page. */
const SHOWN = 100;

/**
 * `GET /inbox`: the messages in the inbox, the newest first, as a page or as JSON · `GET /inbox/:id`: one of them ·
 * `GET /inbox/:id/:channel`: as this channel's vendor would show it, with its size there.
 */
export function inboxPages(shell: Shell): Hono {
  const { relay } = shell;
  const { query } = relay;
  const app = new Hono();

  app.get("/inbox", async (c) => {
    const view = await shell.open(c);
    const messages = await query.inbox(SHOWN);
    if (!wantsHtml(c)) {
      return c.json({ messages }, 200, { "cache-control": "no-store", vary: "accept" });
    }
    const title = view.t("inbox.title") + (messages.length > 0 ? ` (${messages.length})` : "");
    return await page(view, { title, messages, open: messages[0] });
  });
  app.get("/inbox/:id", async (c) => {
    const view = await shell.open(c);
    const open = await query.inboxMessage(c.req.param("id"));
    if (!open) throw new RequestError(404, "The inbox has no such message");
    if (!wantsHtml(c)) {
      return c.json({ message: open }, 200, { "cache-control": "no-store", vary: "accept" });
    }
    return await page(view, { title: open.title, open, chosen: true });
  });
  app.get("/inbox/:id/:channel", async (c) => {
    const view = await shell.open(c);
    const { id, channel } = c.req.param();
    const { kept: open, shown } = await preview(relay, id, channel);
    const title = view.t("preview.title", {
      vendor: titleOfChannel(shown.name, { channels: relay.query.channels, locale: view.locale }),
    });
    return await page(view, { title, open, shown, chosen: true });
  });
  return app;

  async function page(
    view: View,
    { messages, ...data }: {
      title: string;
      messages?: readonly KeptMessage[];
      open: KeptMessage | undefined;
      shown?: VendorView;
      chosen?: boolean;
    },
  ): Promise<Response> {
    return await view.html("console/inbox", {
      ...data,
      hasPreview: data.open !== undefined && await hasPreview(relay, data.open),
      messages: await messagesNow(messages ?? await query.inbox(SHOWN), relay),
      channels: relay.query.channels.names().filter((name) => name !== "inbox")
        .map((name) => ({
          name,
          title: titleOfChannel(name, { channels: relay.query.channels, locale: view.locale }),
        })),
      curl: sampleCurl({
        url: relay.query.config.publicUrl ?? new URL(view.c.req.url).origin,
        token: "$FENGHUO_INTAKE_TOKEN",
      }),
    });
  }
}
