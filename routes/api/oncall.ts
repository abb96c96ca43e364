import { Hono } from "hono";
import { z } from "zod";
import { didYouMean } from "../../relay/base/nearest.ts";
import { DAY } from "../../relay/base/duration.ts";
import type { OverrideRefusal } from "../../relay/commands/overriding.ts";
import type { Group } from "../../relay/domain/group.ts";
import { MAX_OVERRIDES } from "../../relay/domain/override.ts";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../http/errors.ts";
import { endpoint } from "./endpoint.ts";
import { duration, moment } from "./input.ts";
import { whoIs } from "./who.ts";

/** The default length of a calendar, and the greatest. */
const DAYS = { standard: 14, most: 92 };

/** A time of a query; an unescaped `+` arrives as a space. */
const at = z.string().max(40).meta({
  description: "ISO 8601 with a zone, or epoch milliseconds",
  examples: ["2026-11-20T00:00:00+08:00"],
}).transform((text, context) => {
  const read = moment.safeParse(/^\d+$/.test(text) ? Number(text) : text.replace(/ (?=\d\d:\d\d$)/, "+"));
  if (read.success) return read.data;
  context.addIssue(read.error.issues[0]!.message);
  return 0;
});

const wanted = z.looseObject({
  group: z.string().max(200).optional().meta({
    description: "`owner/level`; default: every group with a calendar",
  }),
  from: at.optional().meta({ description: "Default: now" }),
  to: at.optional().meta({ description: "Default: 14 days after `from`; at most 92" }),
});

const draft = z.object({
  group: z.string().max(200).meta({ description: "`owner/level`", examples: ["ops/dba"] }),
  members: z.array(z.string().max(200)).min(1).max(50).meta({
    description: "Ids of members of the group",
    examples: [["han.mei"]],
  }),
  from: moment.optional().meta({ description: "Default, and at the earliest: now" }),
  until: moment.optional().meta({ description: "At most 366 days ahead" }),
  duration: duration.optional(),
  comment: z.string().trim().max(500).default(""),
});

/**
 * `GET /api/oncall?group=…&from=…&to=…` · `GET`, `POST /api/oncall/overrides` · `DELETE /api/oncall/overrides/:id`: ends
 * one.
 */
export function onCallRoutes({ commands, query }: Relay): Hono {
  const app = new Hono();

  const calendar = endpoint({
    summary: "The members on call now and next, and the shifts and gaps of a period",
    details:
      "While no member is scheduled, all members of the group are notified. A group without a calendar is listed only when " +
      "`group` names it.",
    query: wanted,
    answer: ({ onCallGroup }) => z.object({ groups: z.array(onCallGroup) }),
    refusals: { 404: "There is no such group" },
  });
  app.get("/api/oncall", calendar, async (c) => {
    const { group, from = query.clock.now(), to = from + DAYS.standard * DAY } = c.req.valid("query");
    if (to <= from) throw new RequestError(422, "to: must be after from");
    if (to - from > DAYS.most * DAY) {
      throw new RequestError(422, `to: must be at most ${DAYS.most} days after from`);
    }
    const calendars = await query.onCall();
    const groups = group === undefined ? calendars.groups() : [find(group)];
    return c.json({ groups: groups.map((group) => calendars.view(group, { from, until: to })) });
  });

  const list = endpoint({
    summary: "The overrides of on-call calendars: members who replace the scheduled ones for a period",
    details: "Overrides of the configuration have no `id`. Ended overrides are kept as long as alerts.",
    query: wanted.pick({ group: true }),
    answer: ({ override }) => z.object({ overrides: z.array(override) }),
  });
  app.get("/api/oncall/overrides", list, async (c) => {
    const { group } = c.req.valid("query");
    return c.json({ overrides: (await query.onCall()).overrides({ group }) });
  });

  const add = endpoint({
    summary: "Put members on call for a period; this also works for a group that the file manages",
    details:
      "It ends at `until` or after `duration`; one of them is needed. If several overlap, the last one counts.",
    body: draft,
    example: { group: "ops/dba", members: ["han.mei"], duration: "8h", comment: "Li Lei is at the dentist" },
    status: 201,
    answer: ({ override }) => z.object({ override }),
  });
  app.post("/api/oncall/overrides", add, async (c) => {
    const now = query.clock.now();
    const { from = now, until, duration, ...rest } = c.req.valid("json");
    const ends = endOf({ from, until, duration });
    const result = await commands.overrides.make({ ...rest, from, until: ends }, { by: whoIs(c), now });
    if (result.refused) throw new RequestError(422, sentenceOf(result.refused));
    return c.json({ override: (await query.onCall()).overrideView(result.override) }, 201);
  });

  const end = endpoint({
    summary: "End an override now; one that has not begun is removed",
    status: 204,
    refusals: { 404: "There is no such override, or it is over" },
  });
  app.delete("/api/oncall/overrides/:id", end, async (c) => {
    const now = query.clock.now();
    if (!await commands.overrides.end(c.req.param("id"), { by: whoIs(c), now })) {
      throw new RequestError(404, "There is no override of this id, or it is over");
    }
    return c.body(null, 204);
  });
  return app;

  /** @throws RequestError 404 */
  function find(id: string): Group {
    const { groups } = query.config;
    const group = groups.get(id);
    if (group) return group;
    throw new RequestError(404, `group: there is no group "${id}"${didYouMean(id, groups.keys())}`);
  }
}

/** @throws RequestError 422 */
function endOf(
  { from, until, duration }: { from: number; until: number | undefined; duration: number | undefined },
): number {
  if (until !== undefined && duration !== undefined) {
    throw new RequestError(422, "duration: cannot be combined with until; give one of them");
  }
  if (until !== undefined) return until;
  if (duration !== undefined) return from + duration;
  throw new RequestError(422, 'until: is missing; give it, or a duration such as "8h"');
}

function sentenceOf(refusal: OverrideRefusal): string {
  switch (refusal.wrong) {
    case "unknown":
      return `group: there is no such group${refusal.meant}`;
    case "many":
      return `group: has ${MAX_OVERRIDES} overrides already; end some of them first`;
    case "none":
      return "members: must not be empty";
    case "stranger":
      return `members: there is no member "${refusal.member}" in this group${refusal.meant}`;
    case "order":
      return "until: must be after from";
    case "past":
      return "until: is in the past";
    case "long":
      return "until: must be at most 366 days ahead";
  }
}
