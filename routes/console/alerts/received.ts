import { type Context, Hono } from "hono";
import { titleOfChannel } from "../../../relay/message/dictionary.ts";
import type { Translate } from "../../../relay/message/locale.ts";
import type { Entry } from "../../../relay/message/entry.ts";
import { isWhole } from "../../../relay/domain/record.ts";
import type { Relay } from "../../../relay/relay.ts";
import { PageError } from "../../http/errors.ts";
import { authorise } from "../../http/identity.ts";
import { useOf } from "../delivery_story.ts";
import type { Shell } from "../shell.ts";
import { MAIL_HEADERS, sentView, type VendorView, vendorView } from "../vendor_view.ts";
import { alertOf } from "./one.ts";

/** A delivery's message, as its vendor shows it. */
export interface Received {
  readonly shown: VendorView;
  /** The number of deliveries that shared it. */
  readonly together: number;
  readonly isDigest: boolean;
  /** Whether the vendor has confirmed it. */
  readonly isConfirmed: boolean;
  /** Whether it is shown as sent; otherwise it is rendered now, for this alert alone. */
  readonly isAsSent: boolean;
}

/**
 * `GET /alerts/:id/deliveries/:delivery`: the message that the vendor received, as sent. A message that was too long
 * to store is rendered again.
 */
export function receivedRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();
  app.get("/alerts/:id/deliveries/:delivery", async (c) => {
    const view = await shell.open(c);
    const { t } = view;
    const received = await receivedBy(c, relay);
    const { shown } = received;
    const path = `/alerts/${c.req.param("id")}`;
    return await view.html("console/alerts/received", {
      title: t("preview.title", {
        vendor: titleOfChannel(shown.name, { channels: relay.query.channels, locale: view.locale }),
      }),
      shown,
      back: `${path}#deliveries`,
      mail: `${path}/deliveries/${c.req.param("delivery")}/page`,
      note: noteOf(received, t),
    });
  });
  return app;
}

/** The note above the message: whether it is as sent, as tried, or rendered again. */
function noteOf({ isDigest, isAsSent, isConfirmed, together }: Received, t: Translate): string {
  if (isDigest) return t("alert.isDigest");
  const count = together - 1;
  if (!isAsSent) return count > 0 ? t("alert.together", { count }) : t("alert.writtenAgain");
  if (!isConfirmed) return t("alert.asTried");
  return count > 0 ? t("alert.sentTogether", { count }) : t("alert.asSent");
}

/** `GET /alerts/:id/deliveries/:delivery/page`: a mail's own page, under its own policy. */
export function receivedPageRoutes(relay: Relay): Hono {
  const app = new Hono();
  app.get("/alerts/:id/deliveries/:delivery/page", async (c) => {
    await authorise(c, { relay, role: "viewer" });
    const { shown: { message: { html } } } = await receivedBy(c, relay);
    if (html === undefined) throw new PageError(404, "alert.noPage");
    return c.html(html, 200, { ...MAIL_HEADERS });
  });
  return app;
}

/** The message of a delivery. @throws PageError 404 */
export async function receivedBy(c: Context, relay: Relay): Promise<Received> {
  const { deliveries } = relay.query;
  const logged = await alertOf(c, relay);
  const delivery = await deliveries.get(c.req.param("delivery")!);
  if (!delivery) throw new PageError(404, "alert.notSent");
  const found = useOf(delivery.destination, relay);
  if (!found) throw new PageError(404, "alert.noDestination");
  const { group, use } = found;
  const facts = {
    together: delivery.attempts.at(-1)?.together ?? 1,
    isConfirmed: delivery.state === "delivered",
  };
  const digest = delivery.digest === undefined ? undefined : await deliveries.digest(delivery.digest);
  if (digest) return { ...facts, isDigest: true, isAsSent: true, shown: await sentView(use, digest) };
  const sent = await deliveries.sent(delivery);
  if (sent) return { ...facts, isDigest: false, isAsSent: true, shown: await sentView(use, sent) };
  if (!isWhole(logged.alert)) throw new PageError(404, "alert.notSent");
  const { outcome } = logged.routing.find((routing) => routing.group === delivery.group) ?? {};
  const entry: Entry = {
    id: delivery.id,
    alertId: logged.id,
    fingerprint: logged.fingerprint,
    alert: logged.alert,
    reason: delivery.reason,
    ...outcome?.kind === "told" && outcome.still ? { still: true } : {},
    folded: outcome?.kind === "told" ? outcome.folded : 0,
    ...delivery.instead ? { instead: delivery.instead } : {},
    ...delivery.again
      ? { resent: { at: delivery.at, ending: (await deliveries.endingsOf([delivery])).get(delivery.id) } }
      : {},
  };
  const shown = await vendorView(use, { group, entries: [entry], id: delivery.id }, relay);
  return { ...facts, isDigest: false, isAsSent: false, shown };
}
