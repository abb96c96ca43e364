import { Hono } from "hono";
import { z } from "zod";
import { isAcknowledged } from "../../../relay/domain/acknowledge.ts";
import type { Action, ActResult } from "../../../relay/domain/action.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { PageError } from "../../http/errors.ts";
import { parseForm } from "../form.ts";
import { localPath } from "../local_path.ts";
import type { Shell } from "../shell.ts";
import { actOnAll } from "./act_on_all.ts";
import { readActedFilter } from "./filter.ts";

/** At most this many ids are in the form, which a cookie of 4 KB carries; more incidents are found by the filter. */
const MAX_NAMED = 40;

/** The limits of the search for them. */
const SEARCH = { limit: 1_000, budget: 5_000 };

/** The opposite of an action; that of an acknowledgement only restores an incident that was unacknowledged before. */
const OPPOSITES = {
  acknowledge: "unacknowledge",
  take: "unacknowledge",
  assign: "unacknowledge",
  snooze: "unacknowledge",
  close: "reopen",
} as const;

/** An action that can be undone. */
type Undoable = keyof typeof OPPOSITES;

const UNDOABLE = Object.keys(OPPOSITES) as readonly Undoable[];

const form = z.object({
  act: z.enum(UNDOABLE),
  /** The time of the action: incidents that another person has changed since are left unchanged. */
  at: z.coerce.number().int(),
  ids: z.string().max(4_000).default(""),
  filter: z.string().max(2_000).default(""),
  to: z.string().default(""),
});

/**
 * The fields of the form that undoes an action; `undefined` without an opposite, or when the opposite would not
 * restore the earlier state.
 */
export function undoOf(
  act: Action["kind"],
  { done, filter = "", at }: { done: readonly ActResult[]; filter?: string; at: number },
): Readonly<Record<string, string>> | undefined {
  if (!isUndoable(act)) return undefined;
  const changed = done.flatMap((result) => result.refused === undefined ? [result] : []);
  if (act !== "close" && changed.some(({ before }) => isAcknowledged(before))) return undefined;
  const ids = changed.map(({ incident }) => incident.id);
  if (ids.length === 0) return undefined;
  if (ids.length <= MAX_NAMED) return { act, at: String(at), ids: ids.join(" ") };
  return filter.length > 1_000 ? undefined : { act, at: String(at), filter };
}

function isUndoable(act: Action["kind"]): act is Undoable {
  return Object.hasOwn(OPPOSITES, act);
}

/** `POST /incidents/undo`: undoes an action on incidents that are unchanged since. */
export function undoRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const { query } = relay;
  const app = new Hono();
  app.post("/incidents/undo", async (c) => {
    const view = await shell.submit(c, "operator");
    const read = parseForm(view.form, form, view);
    if (!read.ok) throw new PageError(422, "error.noForm");
    const { act, at, ids, filter, to } = read.data;
    const by = view.who!.name;
    const isMine = ({ closedAt, closedBy, knownAt, knownBy }: Incident): boolean =>
      act === "close"
        ? closedAt === at && closedBy === by
        : closedAt === null && knownAt === at && knownBy === by;
    const all = ids === "" ? await findBy(filter, act) : await namedBy(ids.split(" ").slice(0, MAX_NAMED));
    const mine = all.filter(isMine);
    const kind = OPPOSITES[act];
    const results = await actOnAll(mine.map(({ id }) => id), { kind }, { relay, view });
    const count = results.filter((result) => result && result.refused === undefined).length;
    const back = localPath(to, "/incidents");
    if (count === 0) return view.done(back, "undo.nothing");
    return view.done(back, act === "close" ? "undo.done.close" : "undo.done.acknowledge", { count });
  });
  return app;

  async function namedBy(ids: readonly string[]): Promise<Incident[]> {
    return [...(await query.incidents.getMany(ids)).values()];
  }

  /** The incidents that the filter of the list finds after the action: acknowledged, or closed. */
  async function findBy(text: string, act: Undoable): Promise<Incident[]> {
    const { wanted } = readActedFilter(text);
    const now = act === "close"
      ? { state: "closed", acknowledged: undefined } as const
      : { state: "open", acknowledged: true } as const;
    return [...(await query.incidents.find({ ...wanted, ...now }, SEARCH)).incidents];
  }
}
