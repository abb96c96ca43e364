import { Hono } from "hono";
import { z } from "zod";
import { DAY } from "../../../relay/base/duration.ts";
import { dateOf, dayNumber, dayOf, instantOf } from "../../../relay/base/local_day.ts";
import { formatTime } from "../../../relay/base/time.ts";
import type { OverrideRefusal } from "../../../relay/commands/overriding.ts";
import type { Group } from "../../../relay/domain/group.ts";
import { MAX_OVERRIDES } from "../../../relay/domain/override.ts";
import type { OnCallQueries } from "../../../relay/query/oncall.ts";
import type { OnCallView, OverrideView } from "../../../relay/query/shapes/oncall.ts";
import type { Translate } from "../../../relay/message/locale.ts";
import { PageError } from "../../http/errors.ts";
import { type FieldErrors, parseForm } from "../form.ts";
import { groupPath } from "../groups/subject.ts";
import { listPage } from "../list_page.ts";
import { authorOf, type Shell, type View } from "../shell.ts";
import { readLocal, writeLocal } from "../silences/times.ts";
import { DAY_WIDTH, daysOf, mondayOf, namesOf, startOfDay } from "./days.ts";

/** The number of days of a list of gaps. */
const DAYS = 14;

/** The days of a calendar: four weeks from a Monday on. */
const GRID = 28;

/** The number of groups on one page. */
const GROUPS = 20;

const form = z.object({
  group: z.string().max(200),
  members: z.array(z.string().max(200)).max(100).default([]),
  from: z.string().max(30).default(""),
  until: z.string().max(30).default(""),
  comment: z.string().trim().max(500).default(""),
});

/** A refused form, with its group. */
interface Refused {
  readonly group: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly errors: FieldErrors;
}

/** `GET /oncall`, `?group=…`: the calendars · `POST /oncall`: creates an override · `POST /oncall/:id/end`: ends it. */
export function onCallPages(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();

  app.get("/oncall", async (c) => await page(await shell.open(c), c.req.query("group")));

  app.post("/oncall", async (c) => {
    const view = await shell.submit(c, "operator");
    const { form: fields, t, now } = view;
    const read = parseForm(fields, form, view);
    const group = relay.query.config.groups.get(fields.get("group") ?? "") ?? gone();
    const values = { ...Object.fromEntries(fields), members: fields.getAll("members[]") };
    const refuse = async (errors: FieldErrors): Promise<Response> =>
      await page(view, group.id, { group: group.id, values, errors });
    if (!read.ok) return await refuse(read.errors);
    const { from, until, members, comment } = read.data;
    const begins = from === "" ? now : readLocal(from, group.timezone);
    const ends = readLocal(until, group.timezone);
    if (begins === undefined) return await refuse({ from: t("silences.noTime") });
    if (ends === undefined) return await refuse({ until: t("silences.noTime") });
    const draft = { group: group.id, members, from: begins, until: ends, comment };
    const { refused } = await relay.commands.overrides.make(draft, authorOf(view));
    if (refused) return await refuse({ [refused.field]: sentenceOf(refused, t) });
    return view.done(`/oncall?group=${encodeURIComponent(group.id)}`, "oncall.made");
  });

  app.post("/oncall/:id/end", async (c) => {
    const view = await shell.submit(c, "operator");
    if (!await relay.commands.overrides.end(c.req.param("id"), authorOf(view))) {
      throw new PageError(404, "oncall.overrideGone");
    }
    const group = view.form.get("group");
    return view.done(group ? `/oncall?group=${encodeURIComponent(group)}` : "/oncall", "oncall.ended");
  });
  return app;

  async function page(view: View, wanted: string | undefined, refused?: Refused): Promise<Response> {
    const { t, c } = view;
    const calendars = await relay.query.onCall();
    const { groups } = relay.query.config;
    const all = wanted === undefined ? calendars.groups() : [groups.get(wanted) ?? gone()];
    const list = listPage(all, {
      url: c.req.url,
      size: GROUPS,
      wordsOf: ({ id, members }) => [id, ...members.flatMap(({ id, name }) => [id, name ?? ""])],
    });
    return await view.html("console/oncall/oncall", {
      title: t("oncall.title"),
      one: wanted,
      list,
      groups: list.items.map((group) => shownGroup(group, calendars, view, refused)),
      others: [...groups.values()].filter(({ id, members }) =>
        members.length > 0 && !list.items.some((shown) => shown.id === id)
      ).map(({ id }) => id),
      dayWidth: DAY_WIDTH,
      feed: feedAddress(c, wanted),
      status: refused ? 422 : 200,
    });
  }

  /** The address of the feed, of one group or of all, without its token. */
  function feedAddress(c: View["c"], group: string | undefined): string {
    const origin = relay.query.config.publicUrl ?? new URL(c.req.url).origin;
    const search = group === undefined ? "" : `group=${encodeURIComponent(group)}&`;
    return `${origin}/api/oncall.ics?${search}token=…`;
  }

  function shownGroup(
    group: Group,
    calendars: OnCallQueries,
    { now, c }: View,
    refused: Refused | undefined,
  ): object {
    const from = startOfDay(now, group.timezone);
    const until = from + (DAYS + 1) * DAY;
    const shown = calendars.view(group, { from, until });
    const today = dayOf(now, group.timezone);
    const wanted = c.req.query("from") ?? "";
    const first = mondayOf(isDay(wanted) ? dayNumber(wanted) : today);
    const grid = calendars.view(group, {
      from: instantOf(first, "00:00", group.timezone),
      until: instantOf(first + GRID, "00:00", group.timezone),
    });
    const picked = c.req.query("day") ?? "";
    const begins = isDay(picked) ? dayNumber(picked) : undefined;
    const suggested = begins === undefined ? { from: "", until: "" } : {
      from: begins < today || begins === today ? "" : `${dateOf(begins)}T00:00`,
      until: `${dateOf(Math.max(begins, today) + 1)}T00:00`,
    };
    const year = formatTime(now, group).slice(0, 4);
    const time = (ms: number): string => {
      const text = formatTime(ms, group).slice(0, 16);
      return text.startsWith(year) ? text.slice(5) : text;
    };
    const isOwn = refused?.group === group.id;
    return {
      id: group.id,
      path: groupPath(group.owner, group.level),
      timezone: group.timezone,
      now: momentIn({ ...shown.now, at: shown.now.until }, time),
      next: shown.next && momentIn({ ...shown.next, at: shown.next.from }, time),
      gaps: shown.gaps.filter((gap) => gap.until > now).map((gap) => [
        time(gap.from),
        gap.until < until ? time(gap.until) : "…", // it goes on, perhaps for long
      ]),
      days: group.oncall || shown.overrides.length > 0
        ? daysOf(grid, { now, first, days: GRID, members: group.members.map(({ id }) => id) })
        : [],
      from: dateOf(first),
      before: dateOf(first - GRID),
      after: dateOf(first + GRID),
      isNow: first === mondayOf(today),
      picked: begins === undefined ? undefined : picked,
      overrides: shown.overrides.map((one) => shownOverride(one, time)),
      members: group.members.map(({ id, name }) => ({ id, name: name ?? id })),
      values: isOwn ? refused.values : { ...suggested, members: [], comment: "" },
      errors: isOwn ? refused.errors : {},
      soon: writeLocal(now, group.timezone),
    };
  }
}

function momentIn(
  { members, because, at }: Pick<OnCallView["now"], "members" | "because"> & { at?: number | undefined },
  time: (ms: number) => string,
): object {
  return { names: namesOf({ members }), because, ...at === undefined ? {} : { at: time(at) } };
}

function shownOverride(override: OverrideView, time: (ms: number) => string): object {
  const { id, from, until, state, left, by, comment } = override;
  return { id, state, left, by, comment, names: namesOf(override), period: [time(from), time(until)] };
}

function sentenceOf(refusal: OverrideRefusal, t: Translate): string {
  switch (refusal.wrong) {
    case "unknown":
      return t("groups.gone");
    case "stranger":
      return t("oncall.wrong.stranger", { member: refusal.member });
    case "many":
      return t("oncall.wrong.many", { most: MAX_OVERRIDES });
    default:
      return t(`oncall.wrong.${refusal.wrong}`);
  }
}

/** Whether a text is a day within the years that a calendar can show. */
function isDay(text: string): boolean {
  return /^20\d\d-\d\d-\d\d$/.test(text) && Number.isFinite(dayNumber(text)) &&
    dateOf(dayNumber(text)) === text;
}

function gone(): never {
  throw new PageError(404, "groups.gone");
}
