import { Hono } from "hono";
import type { KeptMessage } from "../../relay/channel.ts";
import type { Entry } from "../../relay/message/entry.ts";
import { isWhole } from "../../relay/domain/record.ts";
import type { Relay } from "../../relay/relay.ts";
import { PageError, RequestError } from "../http/errors.ts";
import { authorise } from "../http/identity.ts";
import { messageView, storyOf } from "./delivery_story.ts";
import { configOf, MAIL_HEADERS, type VendorView, vendorView } from "./vendor_view.ts";

/**
 * `GET /inbox/:id/:channel/page`, `GET /deliveries/:id/page`: a mail's own page, under its own policy.
 */
export function mailPageRoutes(relay: Relay): Hono {
  const app = new Hono();
  app.get("/inbox/:id/:channel/page", async (c) => {
    await authorise(c, { relay, role: "viewer" });
    const { id, channel: name } = c.req.param();
    const { shown: { message } } = await preview(relay, id, name);
    if (message.html === undefined) {
      throw new RequestError(404, `A message of ${name} has no page of its own`);
    }
    return c.html(message.html, 200, { ...MAIL_HEADERS });
  });
  app.get("/deliveries/:id/page", async (c) => {
    await authorise(c, { relay, role: "viewer" });
    const story = await storyOf(c.req.param("id"), relay);
    const html = story && (await messageView(story, relay))?.message.html;
    if (html === undefined) throw new PageError(404, "deliveries.gone");
    return c.html(html, 200, { ...MAIL_HEADERS });
  });

  return app;
}

/** Whether a message can be rendered again: a test message is in no log, and a group may be gone. @throws StoreError */
export async function hasPreview(
  { query: { alerts, config } }: Relay,
  { group, about = [] }: KeptMessage,
): Promise<boolean> {
  if (!config.groups.has(group)) return false;
  for (const { id } of about) {
    const logged = await alerts.get(id);
    if (logged && isWhole(logged.alert)) return true;
  }
  return false;
}

/** The message, rendered for this channel now. @throws RequestError 404 */
export async function preview(
  relay: Relay,
  id: string,
  name: string,
): Promise<{ kept: KeptMessage; shown: VendorView }> {
  const { query } = relay;
  const { alerts, channels, config } = query;
  const kept = await query.inboxMessage(id);
  const channel = channels.get(name);
  const group = config.groups.get(kept?.group ?? "");
  if (!kept?.about || !group) throw new RequestError(404, "The inbox has no such message");
  if (!channel) throw new RequestError(404, `There is no channel "${name.slice(0, 100)}"`);
  const entries: Entry[] = [];
  for (const { id: alertId, ...why } of kept.about) {
    const logged = await alerts.get(alertId);
    if (!logged || !isWhole(logged.alert)) continue;
    entries.push({
      id: alertId,
      alertId,
      fingerprint: logged.fingerprint,
      alert: logged.alert,
      ...why,
    });
  }
  if (entries.length === 0) throw new RequestError(404, "The alerts of this message are no longer kept");
  const use = { channel, channelConfig: configOf(channel, group) };
  return { kept, shown: await vendorView(use, { group, entries, id: kept.id }, relay) };
}
