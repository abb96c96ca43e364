import { Hono } from "hono";
import { z } from "zod";
import type { Action } from "../../../relay/domain/action.ts";
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
    const action = { kind: "acknowledge", text: memo === "" ? undefined : memo } as const;
    const options = { by, account: by, now: view.now, seen: { known: false } };
    const results = await Promise.all([...ids].map((id) => relay.commands.act(id, action, options)));
    const mine = results.filter((one) => one && !one.refused);
    const others = results.filter((one) => one?.refused && one.incident.closedAt === null);
    const params = {
      count: mine.length,
      others: others.length,
      over: results.length - mine.length - others.length,
      name: others[0]?.incident.knownBy ?? "?",
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
    const isNew = memo !== seen_memo && memo !== "";
    const seen = act === "close"
      ? undefined
      : { known: act === "memo" ? undefined : seen_known, memo: seen_memo };
    const result = await relay.commands.act(id, actionOf(act, { memo, text: isNew ? memo : undefined }), {
      by,
      account: by,
      now: view.now,
      seen,
    });
    if (!result) throw new PageError(404, "incident.gone");
    const { refused } = result;
    if (refused !== undefined && refused !== "unchanged") return conflict(view, id, memo);
    return view.done(`/incidents/${id}`, DONE[act]);
  });
  return app;
}

const DONE = {
  acknowledge: "incident.done.acknowledge",
  memo: "incident.done.memo",
  "take back": "incident.done.takenBack",
  close: "incident.done.closed",
} as const satisfies Record<string, TextKey>;

/** `text`: what the person wrote, if it is new. */
function actionOf(
  act: keyof typeof DONE,
  { memo, text }: { memo: string; text: string | undefined },
): Action {
  switch (act) {
    case "acknowledge":
    case "close":
      return { kind: act, text };
    case "memo":
      return { kind: "note", text: memo };
    case "take back":
      return { kind: "unacknowledge" };
  }
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
