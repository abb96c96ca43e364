import { type Context, Hono } from "hono";
import { z } from "zod";
import { LOCALES } from "../../relay/base/locale.ts";
import { SAMPLES } from "../../relay/message/sample_entries.ts";
import type { Relay } from "../../relay/relay.ts";
import { receivedBy } from "../console/alerts/received.ts";
import { writtenTemplates } from "../console/templates.ts";
import type { VendorView } from "../console/vendor_view.ts";
import { endpoint } from "./endpoint.ts";

const query = z.looseObject({
  alert: z.string().default(SAMPLES[0]).meta({
    description: `An alert's id, or a sample: ${SAMPLES.join(", ")}`,
  }),
  lang: z.enum(LOCALES).optional(),
});

/**
 * `GET /api/templates?alert=…`: each template's text for an alert, per vendor · `GET
 * /api/alerts/:id/deliveries/:delivery`: the message that a vendor received.
 */
export function templateRoutes(relay: Relay): Hono {
  const app = new Hono();

  const written = endpoint({
    summary: "Each template's text for an alert or a sample, per vendor, with its size",
    details:
      "Templates are files: `folder` holds the operator's own, `override` is the one that is used instead.",
    query,
    answer: ({ template }) =>
      z.object({
        folder: z.string().nullable(),
        problems: z.array(z.string()),
        group: z.string().meta({ examples: ["default/default"] }),
        templates: z.array(template),
      }),
    refusals: { 404: "There is no such alert, or it is no longer kept" },
  });
  app.get("/api/templates", written, async (c) => {
    const { alert, lang: locale = relay.query.config.locale } = c.req.valid("query");
    const { group, sections } = await writtenTemplates(relay, {
      chosen: alert,
      locale,
      now: relay.query.clock.now(),
    });
    return c.json({
      folder: relay.query.templates.folder ?? null,
      problems: relay.query.templates.problems,
      group,
      templates: sections.map(({ views, ...section }) => ({ ...section, messages: views.map(plain) })),
    });
  });

  const received = endpoint({
    summary: "The message of a delivery, as its vendor shows it",
    details: "As it was sent. A message that was too long to store is rendered again, for this alert alone.",
    answer: ({ message }) =>
      z.object({
        message,
        isDigest: z.boolean(),
        isAsSent: z.boolean(),
        isConfirmed: z.boolean(),
        together: z.int(),
      }),
    refusals: { 404: "It was never sent, or its destination is gone, or it is no longer kept" },
  });
  app.get("/api/alerts/:id/deliveries/:delivery", received, async (c) => {
    const { shown, ...facts } = await receivedBy(c as Context, relay);
    return c.json({ message: plain(shown), ...facts });
  });
  return app;
}

/** A message without its HTML, which only a page needs. */
function plain({ name, form, message, size, problem, digest }: VendorView): object {
  const { title, body, html } = message;
  const { size: bytes, most: limit, unit } = size;
  return { channel: name, form, title, body, html, bytes, limit, unit, problem, digest };
}
