import { Hono } from "hono";
import { z } from "zod";
import type { Action } from "../../../relay/domain/action.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { PageError } from "../../http/errors.ts";
import { parseForm } from "../form.ts";
import { localPath } from "../local_path.ts";
import type { Shell } from "../shell.ts";
import { actOnAll } from "./act_on_all.ts";
import { readActedFilter } from "./filter.ts";

/** At most this many ids are in the form, which a cookie of 4 KB carries; more incidents are found by the filter. */
const MAX_NAMED = 40;

/** Limits of the search for them. */
const SEARCH = { limit: 1_000, budget: 5_000 };

/** The opposite of an act. */
const OPPOSITES = { acknowledge: "unacknowledge", close: "reopen" } as const;

const form = z.object({
  act: z.enum(["acknowledge", "close"]),
  /** The time of the act: incidents that somebody has changed since stay. */
  at: z.coerce.number().int(),
  ids: z.string().max(4_000).default(""),
  filter: z.string().max(2_000).default(""),
  to: z.string().default(""),
});

/** The fields of the form that undoes an act; `undefined` for an act without an opposite. */
export function undoOf(
  act: Action["kind"],
  { ids, filter = "", at }: { ids: readonly string[]; filter?: string; at: number },
): Readonly<Record<string, string>> | undefined {
  if (act !== "acknowledge" && act !== "close" || ids.length === 0) return undefined;
  if (ids.length <= MAX_NAMED) return { act, at: String(at), ids: ids.join(" ") };
  return filter.length > 1_000 ? undefined : { act, at: String(at), filter };
}

/** `POST /incidents/undo`: undoes an acknowledgement or a closing of incidents that nobody has changed since. */
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
    return count === 0 ? view.done(back, "undo.nothing") : view.done(back, `undo.done.${act}`, { count });
  });
  return app;

  async function namedBy(ids: readonly string[]): Promise<Incident[]> {
    return [...(await query.incidents.getMany(ids)).values()];
  }

  /** The incidents that the filter of the list finds after the act: acknowledged, or closed. */
  async function findBy(text: string, act: "acknowledge" | "close"): Promise<Incident[]> {
    const { wanted } = readActedFilter(text);
    const now = act === "close"
      ? { state: "closed", acknowledged: undefined } as const
      : { state: "open", acknowledged: true } as const;
    return [...(await query.incidents.find({ ...wanted, ...now }, SEARCH)).incidents];
  }
}
