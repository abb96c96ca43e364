import { Hono } from "hono";
import { translator } from "../../relay/message/locale.ts";
import { formatAgo, formatTime } from "../../relay/message/time.ts";
import type { Relay } from "../../relay/relay.ts";
import { requireAdmin } from "../auth.ts";
import { localeOf } from "./language.ts";

/** `GET /members`: whom each channel could not reach when it last tried, and the groups that count on them. */
export function memberRoutes(relay: Relay): Hono {
  const { config, store, templates, clock } = relay;
  const app = new Hono();
  app.get("/members", async (c) => {
    requireAdmin(c.req.raw, { password: config.adminPassword });
    const locale = localeOf(c.req.header("accept-language"), config.locale);
    const { timezone } = config;
    const now = clock.now();
    const failing = (await store.recipients.list()).map((one) => ({
      ...one,
      name: config.members.get(one.member)?.name ?? one.member,
      groups: [...config.groups.values()].filter(({ members }) => members.some(({ id }) => id === one.member))
        .map(({ id }) => id),
      // Who was taken out of every group is nobody's trouble any more; an address may stand in a destination's `to`.
    })).filter(({ groups, member }) => groups.length > 0 || member.includes("@"));
    c.header("cache-control", "no-store");
    c.header("vary", "accept-language");
    return c.html(templates.html("console/members", {
      locale,
      t: translator(locale),
      time: (ms: number) => formatTime(ms, { timezone }),
      ago: (ms: number) => formatAgo(ms, { now, locale }),
      channels: Map.groupBy(failing, ({ channel }) => channel),
    }));
  });
  return app;
}
