import { Hono } from "hono";
import { z } from "zod";
import type { Note } from "../../../relay/domain/acknowledge.ts";
import type { TextKey } from "../../../relay/message/locale.ts";
import { PageError } from "../../http/errors.ts";
import { parseForm } from "../form.ts";
import { localPath } from "../local_path.ts";
import type { Shell, View } from "../shell.ts";

/** At most this many incidents in one form. */
const MAX_SELECTED = 200;

const several = z.object({
  ids: z.array(z.string().max(100)).max(MAX_SELECTED).default([]),
  /** The button of one line. */
  only: z.string().max(100).optional(),
  memo: z.string().trim().max(500).default(""),
  to: z.string().default(""),
});

const one = z.object({
  act: z.enum(["acknowledge", "memo", "take back", "close"]),
  memo: z.string().trim().max(500).default(""),
  seen_known: z.enum(["true", "false"]).transform((text) => text === "true"),
  seen_memo: z.string().default(""),
});

/**
 * `POST /incidents/ack`: the selected incidents of the list that are still unacknowledged · `POST
 * /incidents/:id/ack`: one, from its own page, which also closes it; nothing changes if somebody else was faster.
 */
export function acknowledgeRoutes(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();

  app.post("/incidents/ack", async (c) => {
    const view = await shell.submit(c, "operator");
    const read = parseForm(view.form, several, view);
    if (!read.ok) throw new PageError(422, "incidents.tooMany", { params: { most: MAX_SELECTED } });
    const { only, memo } = read.data;
    const ids = new Set(only === undefined ? read.data.ids : [only]);
    const to = localPath(read.data.to, "/incidents");
    if (ids.size === 0) return view.done(to, "incidents.noneChosen");
    const by = view.who!.name;
    const note: Note = {
      known: true,
      by,
      memo: memo === "" ? undefined : memo,
      now: view.now,
      account: by,
      seen: { known: false },
    };
    const after = await Promise.all([...ids].map((id) => relay.commands.acknowledge(id, note)));
    const mine = after.filter((one) => one?.knownBy === by && one.knownAt === view.now);
    const others = after.filter((one) => one !== undefined && one.closedAt === null && !mine.includes(one));
    const [first] = others;
    const params = {
      count: mine.length,
      others: others.length,
      over: after.length - mine.length - others.length,
      name: first?.knownBy ?? "?",
    };
    return view.done(only === undefined ? to : `${to}#i-${only}`, resultOf(params), params);
  });

  app.post("/incidents/:id/ack", async (c) => {
    const view = await shell.submit(c, "operator");
    const id = c.req.param("id");
    const read = parseForm(view.form, one, view);
    if (!read.ok) throw new PageError(422, "incident.memoTooLong");
    const { act, memo, seen_known, seen_memo } = read.data;
    const by = view.who!.name;
    const before = await relay.query.incidents.get(id);
    if (!before) throw new PageError(404, "incident.gone");
    if (act === "close") {
      const closing = { by, memo: memo === "" ? undefined : memo, now: view.now, account: by };
      const over = await relay.commands.close(id, closing);
      if (!over) throw new PageError(404, "incident.gone");
      return view.done(
        `/incidents/${id}`,
        over.closedBy === by ? "incident.done.closed" : "incident.conflict",
      );
    }
    const isMemo = act === "memo";
    const after = await relay.commands.acknowledge(id, {
      known: isMemo ? undefined : act === "acknowledge",
      by,
      memo: act === "take back" || memo === (before.memo ?? "") ? undefined : memo,
      now: view.now,
      account: by,
      seen: { known: isMemo ? undefined : seen_known, memo: seen_memo },
    });
    if (!after) throw new PageError(404, "incident.gone");
    const isMemoWritten = (after.memo ?? "") === memo;
    const done = {
      acknowledge: after.known && after.knownBy === by && isMemoWritten,
      memo: isMemoWritten,
      "take back": !after.known,
    };
    if (!done[act]) return conflict(view, id, memo);
    return view.done(`/incidents/${id}`, `incident.done.${act === "take back" ? "takenBack" : act}`);
  });
  return app;
}

/** Somebody else was faster: nothing was changed, and the input is shown again. */
function conflict(view: View, id: string, memo: string): Response {
  return view.done(`/incidents/${id}?memo=${encodeURIComponent(memo)}`, "incident.conflict");
}

function resultOf({ count, others, over }: { count: number; others: number; over: number }): TextKey {
  if (over > 0) return "incidents.acknowledgedOver";
  if (others === 0) return "incidents.acknowledged";
  return count === 0 && others === 1 ? "incidents.knownAlready" : "incidents.acknowledgedOthers";
}
