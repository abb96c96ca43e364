import { Hono } from "hono";
import { z } from "zod";
import type { Action, Seen } from "../../../relay/domain/action.ts";
import { PageError } from "../../http/errors.ts";
import { refusalSentence } from "../../http/refused_act.ts";
import { parseForm } from "../form.ts";
import type { Shell } from "../shell.ts";
import { actionFields, readAction } from "./actions.ts";
import { undoOf } from "./undo.ts";

const form = z.object({
  ...actionFields,
  /** The duration of a snooze, separate from the choice for an acknowledgement. */
  snooze: actionFields.lasts,
  /** The state that the page showed. */
  seen_known: z.enum(["true", "false"]).transform((text) => text === "true").optional(),
  seen_holder: z.string().max(500).optional(),
});

/**
 * `POST /incidents/:id/act`: acts on one incident from its page; changes nothing if another person has changed it
 * since.
 */
export function actRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();

  app.post("/incidents/:id/act", async (c) => {
    const view = await shell.submit(c, "operator");
    const page = `/incidents/${c.req.param("id")}`;
    const read = parseForm(view.form, form, view);
    if (!read.ok) throw new PageError(422, "text" in read.errors ? "act.textTooLong" : "error.noForm");
    const { seen_known: known, seen_holder: holder, snooze, ...said } = read.data;
    const lasts = said.act === "snooze" ? snooze : said.lasts;
    const asked = await readAction({ ...said, lasts }, { relay, view });
    const kept = said.text === "" ? page : `${page}?text=${encodeURIComponent(said.text)}`;
    if ("wrong" in asked) return view.done(kept, asked.wrong, asked.params);
    const by = view.who!.name;
    const seen = seenBy(asked.action, { known, holder });
    const result = await relay.commands.act(c.req.param("id"), asked.action, {
      by,
      account: by,
      now: view.now,
      seen,
    });
    if (!result) throw new PageError(404, "incident.gone");
    const { incident, refused } = result;
    if (refused === undefined) {
      const undo = undoOf(said.act, { done: [result], at: view.now });
      return view.done(page, `act.done.${said.act}`, asked.params, { undo });
    }
    const { key, params } = refusalSentence(refused, incident);
    return view.done(kept, key, params);
  });
  return app;
}

/** A note and a reopening do not depend on the state that the page showed. */
function seenBy({ kind }: Action, seen: Seen): Seen | undefined {
  return kind === "note" || kind === "reopen" ? undefined : seen;
}
