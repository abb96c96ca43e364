import { type Context, Hono } from "hono";
import { z } from "zod";
import { DAY } from "../../relay/base/duration.ts";
import { didYouMean } from "../../relay/base/nearest.ts";
import { cut, oneLine } from "../../relay/base/text.ts";
import type { Group } from "../../relay/domain/group.ts";
import { translator } from "../../relay/message/locale.ts";
import type { OnCallQueries } from "../../relay/query/oncall.ts";
import type { ShiftView } from "../../relay/query/shapes/oncall.ts";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../http/errors.ts";
import { authorise } from "../http/identity.ts";
import { endpoint } from "./endpoint.ts";
import type { FeedCalendar, FeedEvent } from "./icalendar.ts";

/** The days before and after today that a feed covers. */
const BEFORE = 31;
const AFTER = 92;

/** The most groups of a feed, and the most events. */
const MAX_GROUPS = 100;
const MAX_EVENTS = 5_000;

const wanted = z.looseObject({
  group: z.string().max(200).optional().meta({ description: "Only this group: `owner/level`" }),
  member: z.string().max(200).optional().meta({ description: "Only the shifts of this member, by id" }),
  token: z.string().max(200).optional().meta({ description: "An API token of the scope `calendar`" }),
});

/**
 * `GET /api/oncall.ics?group=…&member=…`: a calendar to subscribe to. Mount it before the guard of `/api`: calendar apps send
 * no headers, so a token may be in the address.
 */
export function onCallFeedRoutes(relay: Relay): Hono {
  const { query } = relay;
  const app = new Hono();

  const feed = endpoint({
    summary: "The on-call shifts as a calendar that apps subscribe to (iCalendar)",
    details:
      "From 31 days ago to 92 days ahead, with the times at which nobody is on call. Calendar apps send no headers, so an " +
      "API token of the scope `calendar`, which reads nothing else, may be in the address as `token`; revoking it ends the " +
      "subscription. Other tokens are accepted only as the password of Basic authentication.",
    query: wanted,
    type: "text/calendar",
    answer: () => z.string(),
    refusals: { 404: "There is no such group, or no such member" },
  });
  app.get("/api/oncall.ics", feed, async (c) => {
    const { group, member, token } = c.req.valid("query");
    await admit(c, token);
    const { writeCalendar } = await import("./icalendar.ts");
    const calendar = calendarOf(await query.onCall(), { group, member });
    c.header("content-type", "text/calendar; charset=utf-8");
    c.header("cache-control", "no-store");
    return c.body(writeCalendar(calendar, { now: query.clock.now() }));
  });
  return app;

  /** @throws RequestError 401, 403, 429 · StoreError */
  async function admit(c: Context, token: string | undefined): Promise<void> {
    if (token === undefined) return void await authorise(c, { relay, role: "viewer" });
    const found = await relay.commands.access.ofToken(token, query.clock.now());
    if (found?.scope === "calendar") return;
    throw new RequestError(
      401,
      "token: is not a valid token of the scope calendar; it may have been revoked, or have expired",
    );
  }

  /** @throws RequestError 404 */
  function calendarOf(
    calendars: OnCallQueries,
    { group, member }: { group: string | undefined; member: string | undefined },
  ): FeedCalendar {
    const { config, clock } = query;
    const someone = member === undefined
      ? undefined
      : config.members.get(member) ?? unknown("member", member, config.members);
    const groups =
      (group === undefined
        ? calendars.groups()
        : [config.groups.get(group) ?? unknown("group", group, config.groups)])
        .filter(({ members }) => member === undefined || members.some(({ id }) => id === member));
    if (groups.length > MAX_GROUPS) {
      throw new RequestError(422, `group: is missing; more than ${MAX_GROUPS} groups have a calendar`);
    }
    const today = Math.floor(clock.now() / DAY) * DAY;
    const span = { from: today - BEFORE * DAY, until: today + AFTER * DAY };
    const events = groups.flatMap((group) =>
      calendars.view(group, span).shifts.flatMap((shift) => eventOf(shift, { group, member, span }))
    );
    const t = translator(config.locale);
    const about = [group, someone && (someone.name ?? someone.id)].filter((text) => text !== undefined);
    return {
      name: cut(oneLine([t("oncall.title"), ...about].join(" · ")), { chars: 100 }),
      events: events.toSorted((a, b) => a.from - b.from).slice(0, MAX_EVENTS),
    };
  }

  function eventOf(
    { from, until, members, because }: ShiftView,
    { group, member, span }: { group: Group; member: string | undefined; span: { from: number } },
  ): FeedEvent[] {
    if (because === "everyone") return [];
    const isGap = because === "nobody";
    if (member !== undefined && (isGap || !members.some(({ id }) => id === member))) return [];
    const t = translator(group.locale);
    const names = members.map(({ id, name }) => oneLine(name ?? id)).join(
      group.locale === "zh" ? "、" : ", ",
    );
    const { publicUrl } = query.config;
    return [{
      // The first shift may have begun before the feed, so its id contains its end.
      id: `${group.id}/${from > span.from ? from : `until-${until}`}`,
      from,
      until,
      title: isGap ? `${group.id}: ${t("oncall.gap")}` : `${group.id}: ${names}`,
      text: isGap ? t("oncall.nobody") : undefined,
      url: publicUrl && `${publicUrl}/oncall?group=${encodeURIComponent(group.id)}`,
    }];
  }
}

/** @throws RequestError 404 */
function unknown(what: string, id: string, known: ReadonlyMap<string, unknown>): never {
  throw new RequestError(404, `${what}: there is no ${what} "${id}"${didYouMean(id, known.keys())}`);
}
