import { Hono } from "hono";
import { z } from "zod";
import {
  type Action,
  ACTION_KINDS,
  type ActionRefusal,
  type ActResult,
} from "../../../relay/domain/action.ts";
import { isOver } from "../../../relay/domain/incident.ts";
import type { TextKey } from "../../../relay/message/locale.ts";
import { PageError } from "../../http/errors.ts";
import { refusalSentence } from "../../http/refused_act.ts";
import { parseForm } from "../form.ts";
import { localPath } from "../local_path.ts";
import type { Shell, View } from "../shell.ts";
import { actOnAll } from "./act_on_all.ts";
import { actionFields, readAction } from "./actions.ts";
import { readActedFilter } from "./filter.ts";
import { silenceOf } from "./silence_shared.ts";
import { undoOf } from "./undo.ts";

/** The most selected incidents, the most selected groups, and the most incidents that their filters find. */
const MAX = { selected: 200, groups: 50, found: 1_000 };

/** The time limit of the search, in milliseconds. */
const BUDGET = 5_000;

const form = z.object({
  ...actionFields,
  /** The action of a button; `more`: the action chosen in the list next to it. */
  act: z.enum([...ACTION_KINDS, "silence", "more"]),
  more: z.enum(ACTION_KINDS).optional(),
  ids: z.array(z.string().max(100)).max(MAX.selected).default([]),
  /** The filters of the selected groups: all their incidents are selected. */
  of: z.array(z.string().max(3_000)).max(MAX.groups).default([]),
  /** The buttons of one line: only this incident, or this group's incidents. */
  only: z.string().max(100).optional(),
  close: z.string().max(100).optional(),
  group: z.string().max(3_000).optional(),
  /** Every incident that the filter of the list finds, on all its pages. */
  every: z.literal("yes").optional(),
  filter: z.string().max(3_000).default(""),
  to: z.string().default(""),
});

/** The reason why an incident was not changed. */
type Why = ActionRefusal | "known" | "gone";

/** `POST /incidents/act`: acts on the selected incidents of the list, or on all that its filter finds. */
export function actManyRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const { query } = relay;
  const app = new Hono();

  app.post("/incidents/act", async (c) => {
    const view = await shell.submit(c, "operator");
    setOwnAct(view.form);
    const read = parseForm(view.form, form, view);
    if (!read.ok) {
      if ("text" in read.errors) throw new PageError(422, "act.textTooLong");
      throw new PageError(422, "incidents.tooMany", { params: { most: MAX.selected } });
    }
    const { only, close, to: back, act: pressed, more: chosen, ...fields } = read.data;
    const to = localPath(back, "/incidents");
    const one = only ?? close;
    const found = one === undefined ? await selectedBy(fields) : { ids: [one], more: false };
    if (found.ids.length === 0) return view.done(to, "incidents.noneChosen");
    const act = pressed === "more" ? chosen : pressed;
    if (act === undefined) throw new PageError(422, "error.noForm");
    if (act === "silence") {
      const isChosen = !fields.every && fields.of.length === 0;
      const address = await silenceOf(found.ids, { relay, isChosen });
      return address === undefined ? view.done(to, "incidents.sharesNothing") : view.done(address);
    }
    const asked = await readAction({ ...fields, act }, { relay, view });
    if ("wrong" in asked) return view.done(to, asked.wrong, asked.params);
    // Another person's acknowledgement is not replaced.
    const seen = asked.action.kind === "acknowledge" ? { known: false } : undefined;
    const results = await actOnAll(found.ids, asked.action, { relay, view, seen });
    const done = results.flatMap((result) => result ?? []);
    const undo = undoOf(act, { done, filter: filterOf(fields), at: view.now });
    if (one !== undefined) return doneWithOne(view, { to: `${to}#i-${one}`, act, result: results[0], undo });
    const [key, params] = noticeOf(results, { said: asked.params, act, more: found.more, view });
    return view.done(to, key, params, { undo });
  });
  return app;

  /** The selected incidents: by their ids, as groups, or all that the filter of the list finds. */
  async function selectedBy(
    { ids, of, group, every, filter }: Pick<
      z.output<typeof form>,
      "ids" | "of" | "group" | "every" | "filter"
    >,
  ): Promise<{ ids: string[]; more: boolean }> {
    if (group !== undefined) return await findBy([group]);
    if (every) return await findBy([filter]);
    if (of.length === 0) return { ids, more: false };
    const found = await findBy(of);
    return { ids: [...new Set([...ids, ...found.ids])], more: found.more };
  }

  /** The newest incidents that filters of the list find. */
  async function findBy(filters: readonly string[]): Promise<{ ids: string[]; more: boolean }> {
    const ids: string[] = [];
    let isMore = false;
    for (const text of filters) {
      const { wanted } = readActedFilter(text);
      const limit = MAX.found - ids.length;
      if (limit <= 0) return { ids, more: true };
      const { incidents, next } = await query.incidents.find(wanted, {
        limit,
        budget: BUDGET,
      });
      ids.push(...incidents.map(({ id }) => id));
      isMore ||= next !== undefined;
    }
    return { ids, more: isMore };
  }
}

/** The result for one incident; `undefined` if it was deleted. */
type Result = ActResult | undefined;

/** The filter that finds the incidents again; empty unless a single one does. */
function filterOf(
  { every, filter, group, of }: Pick<z.output<typeof form>, "every" | "filter" | "group" | "of">,
): string {
  if (every) return filter;
  return group ?? (of.length === 1 ? of[0]! : "");
}

/** The buttons of one line have their own action, which takes precedence over the choice below the list. */
function setOwnAct(fields: URLSearchParams): void {
  const act = fields.has("close")
    ? "close"
    : fields.has("only") || fields.has("group")
    ? "acknowledge"
    : undefined;
  if (act === undefined) return;
  fields.set("act", act);
  fields.delete("lasts");
}

function doneWithOne(
  view: View,
  { to, act, result, undo }: {
    to: string;
    act: Action["kind"];
    result: Result;
    undo: ReturnType<typeof undoOf>;
  },
): Response {
  if (!result) throw new PageError(404, "incident.gone");
  const { incident, refused } = result;
  if (refused === undefined) return view.done(to, `act.done.${act}`, {}, { undo });
  const { key, params } = refusalSentence(refused, incident);
  return view.done(to, key, params);
}

/** The number of changed incidents, and of unchanged ones by reason. */
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
