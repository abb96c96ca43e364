import { Hono } from "hono";
import { z } from "zod";
import type { Action, ActionRefusal, ActResult } from "../../../relay/domain/action.ts";
import { isOver } from "../../../relay/domain/incident.ts";
import type { TextKey } from "../../../relay/message/locale.ts";
import { PageError } from "../../http/errors.ts";
import { refusalSentence } from "../../http/refused_act.ts";
import { parseForm } from "../form.ts";
import { localPath } from "../local_path.ts";
import type { Shell, View } from "../shell.ts";
import { actionFields, readAction } from "./actions.ts";
import { readFilter, wantedBy } from "./filter.ts";

/** At most this many incidents are selected, or found by a filter. */
const MAX = { selected: 200, found: 1_000 };

/** How many are acted on at once. */
const STEP = 200;

/** The time limit of the search, in milliseconds. */
const BUDGET = 5_000;

const form = z.object({
  ...actionFields,
  ids: z.array(z.string().max(100)).max(MAX.selected).default([]),
  /** The button of one line, which acknowledges it. */
  only: z.string().max(100).optional(),
  /** All that the filter of the list finds, on all its pages. */
  every: z.literal("yes").optional(),
  filter: z.string().max(2_000).default(""),
  to: z.string().default(""),
});

/** The reason why an incident was not changed. */
type Why = ActionRefusal | "known" | "gone";

/** `POST /incidents/act`: acts on the selected incidents of the list, or on all that its filter finds. */
export function actManyRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const { commands, query } = relay;
  const app = new Hono();

  app.post("/incidents/act", async (c) => {
    const view = await shell.submit(c, "operator");
    const isOne = view.form.has("only");
    if (isOne) {
      view.form.set("act", "acknowledge");
      view.form.delete("lasts");
    }
    const read = parseForm(view.form, form, view);
    if (!read.ok) {
      if ("text" in read.errors) throw new PageError(422, "act.textTooLong");
      throw new PageError(422, "incidents.tooMany", { params: { most: MAX.selected } });
    }
    const { ids, only, every, filter, to: back, ...said } = read.data;
    const to = localPath(back, "/incidents");
    const asked = await readAction(said, { relay, view });
    if ("wrong" in asked) return view.done(to, asked.wrong, asked.params);
    const found = every && !isOne ? await findBy(filter) : { ids: isOne ? [only!] : ids, more: false };
    if (found.ids.length === 0) return view.done(to, "incidents.noneChosen");
    const results = await actOn(found.ids, asked.action, view);
    if (isOne) return doneWithOne(view, { to: `${to}#i-${only}`, result: results[0] });
    const { more } = found;
    return view.done(to, ...noticeOf(results, { said: asked.params, act: said.act, more, view }));
  });
  return app;

  /** The newest incidents that a filter of the list finds. */
  async function findBy(filter: string): Promise<{ ids: string[]; more: boolean }> {
    const wanted = wantedBy(readFilter(new URLSearchParams(filter)));
    const { incidents, next } = await query.incidents.find(wanted, { limit: MAX.found, budget: BUDGET });
    return { ids: incidents.map(({ id }) => id), more: next !== undefined };
  }

  async function actOn(ids: readonly string[], action: Action, { who, now }: View): Promise<Result[]> {
    const by = who!.name;
    // Somebody else's acknowledgement stays theirs.
    const seen = action.kind === "acknowledge" ? { known: false } : undefined;
    const results: Result[] = [];
    const all = [...new Set(ids)];
    for (let from = 0; from < all.length; from += STEP) {
      const some = all.slice(from, from + STEP);
      results.push(
        ...await Promise.all(some.map((id) => commands.act(id, action, { by, account: by, now, seen }))),
      );
    }
    return results;
  }
}

/** The result for one incident; `undefined` if it is no longer kept. */
type Result = ActResult | undefined;

function doneWithOne(view: View, { to, result }: { to: string; result: Result }): Response {
  if (!result) throw new PageError(404, "incident.gone");
  const { incident, refused } = result;
  if (refused === undefined) return view.done(to, "act.done.acknowledge");
  const { key, params } = refusalSentence(refused, incident);
  return view.done(to, key, params);
}

/** How many were changed, and how many were not, by reason. */
function noticeOf(
  results: readonly Result[],
  { act, said, more, view: { t } }: {
    act: Action["kind"];
    said: Readonly<Record<string, string | number>>;
    more: boolean;
    view: View;
  },
): [key: TextKey, params: Readonly<Record<string, string | number>>] {
  const reasons = Object.groupBy(results.flatMap((result) => whyOf(result) ?? []), (why) => why);
  const refused = Object.entries(reasons).map(([why, all]) => ({ why: why as Why, count: all.length }));
  const count = refused.reduce((sum, { count }) => sum + count, 0);
  const done = t(`incidents.done.${act}`, { ...said, count: results.length - count });
  const why = refused.map(({ why, count }) => t(`incidents.why.${why}`, { count })).join(t("list.comma"));
  const all = count === 0 ? done : t("incidents.notChanged", { done, count, why });
  return more ? ["incidents.more", { done: all }] : ["incidents.said", { words: all }];
}

function whyOf(result: Result): Why | undefined {
  if (!result) return "gone";
  const { refused, incident } = result;
  return refused === "changed" && incident.known && !isOver(incident) ? "known" : refused;
}
