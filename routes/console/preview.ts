import { Hono } from "hono";
import { type Channel, formOf, limitsOf, type Reason } from "../../relay/channel.ts";
import type { Group } from "../../relay/group.ts";
import { type Entry, render, type Rendered } from "../../relay/message/render.ts";
import { jsonBytes } from "../../relay/text.ts";
import { isWhole } from "../../relay/record.ts";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../errors.ts";
import { authorise } from "../identity.ts";
import type { Shell } from "./shell.ts";

/** What the inbox keeps of a message, as far as this page needs it. */
interface Kept {
  readonly id: string;
  readonly group: string;
  readonly about?: readonly { readonly id: string; readonly reason: Reason; readonly folded: number }[];
}

/** A mail's page is somebody's HTML: it may style itself, and nothing else. */
const MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'";

/**
 * A message's markdown as HTML, as far as the vendors' markdown goes. No HTML of the message's own comes through,
 * whatever a value contains. Loaded when first needed: few starts at the edge ever show a page.
 */
async function toHtml(text: string): Promise<string> {
  const { Marked } = await import("marked");
  const escaped = (text: string): string => text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
  return await new Marked({ gfm: false, renderer: { html: ({ text }) => escaped(text) } }).parse(text);
}

/**
 * `GET /inbox/:id/:channel`: a message of the inbox as this channel's vendor would show it, with the size that it has
 * there.
 */
export function previewRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();

  app.get("/inbox/:id/:channel", async (c) => {
    const view = await shell.open(c);
    const { id, channel: name } = c.req.param();
    const { channel, channelConfig, rendered: { message } } = await preview(relay, id, name);
    const form = formOf(channel, channelConfig);
    return await view.html("console/preview", {
      title: view.t("preview.title", { vendor: channel.title }),
      message,
      form,
      name,
      channels: relay.channels.names().filter((name) => name !== "inbox"),
      vendor: channel.title,
      html: form === "markdown" ? await toHtml(message.body) : "",
      bytes: jsonBytes(message.body) - 2,
      limit: limitsOf(channel, channelConfig).bodyBytes,
    });
  });

  return app;
}

/** `GET /inbox/:id/:channel/page`: a mail's own page, under its own policy, so mount it before the console's headers. */
export function mailPageRoutes(relay: Relay): Hono {
  const app = new Hono();
  app.get("/inbox/:id/:channel/page", async (c) => {
    await authorise(c, { relay, role: "viewer" });
    const { id, channel: name } = c.req.param();
    const { rendered: { message } } = await preview(relay, id, name);
    if (message.html === undefined) {
      throw new RequestError(404, `A message of ${name} has no page of its own`);
    }
    return c.html(message.html, 200, {
      "content-security-policy": MAIL_POLICY,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
  });

  return app;
}

/** The message again, as it would be written for this channel now. @throws RequestError 404 */
async function preview(
  { store, channels, config, templates, rewrite, clock }: Relay,
  id: string,
  name: string,
): Promise<{ channel: Channel; channelConfig: unknown; rendered: Rendered }> {
  const kept = await store.caches.of("inbox").get(id) as Kept | undefined;
  const channel = channels.get(name);
  const group = config.groups.get(kept?.group ?? "");
  if (!kept?.about || !group) throw new RequestError(404, "The inbox has no such message");
  if (!channel) throw new RequestError(404, `There is no channel "${name.slice(0, 100)}"`);
  const entries: Entry[] = [];
  for (const { id: alertId, reason, folded } of kept.about) {
    const logged = await store.journal.alert(alertId);
    if (!logged || !isWhole(logged.alert)) continue;
    entries.push({
      id: alertId,
      alertId,
      fingerprint: logged.fingerprint,
      alert: logged.alert,
      reason,
      folded,
    });
  }
  if (entries.length === 0) throw new RequestError(404, "The alerts of this message are no longer kept");
  const channelConfig = configOf(channel, group);
  const rendered = render(entries, {
    group,
    now: clock.now(),
    templates,
    rewrite,
    form: formOf(channel, channelConfig),
    limits: limitsOf(channel, channelConfig),
    messageId: () => kept.id,
  });
  return { channel, channelConfig, rendered };
}

/** The group's own settings for the channel, where it has some; else the channel's sample. */
function configOf(channel: Channel, { destinations }: Group): unknown {
  const own = destinations.find((destination) => destination.channel === channel.name);
  return own ? own.config : channel.config.parse(channel.sample);
}
