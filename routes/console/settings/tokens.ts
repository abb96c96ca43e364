import { Hono } from "hono";
import { newToken, TOKEN_DAYS } from "../../../relay/access/input.ts";
import { DAY } from "../../../relay/base/duration.ts";
import { SCOPES } from "../../../relay/domain/role.ts";
import { DOORS } from "../../dialects/doors.ts";
import { PageError } from "../../http/errors.ts";
import { type FieldErrors, parseForm } from "../form.ts";
import { authorOf, type Shell, type View } from "../shell.ts";

const PATH = "/settings/tokens";
const TEXTS = { name: "tokens.nameHelp", days: "tokens.daysHelp" } as const;

/** `/settings/tokens`: the API tokens. */
export function tokenPages(shell: Shell): Hono {
  const { commands: { access }, query } = shell.relay;
  const app = new Hono();

  const list = async (
    view: View,
    more: { made?: object; form?: URLSearchParams; errors?: FieldErrors } = {},
  ): Promise<Response> => {
    const { made, form, errors } = more;
    const tokens = (await query.tokens()).map((token) => ({ ...token, state: stateOf(token, view.now) }));
    const isOver = ({ state }: { state: TokenState }): boolean => state === "over" || state === "revoked";
    return await view.html("console/settings/tokens", {
      title: view.t("tokens.title"),
      tokens: tokens.filter((token) => !isOver(token)),
      over: tokens.filter(isOver),
      scopes: SCOPES,
      doors: DOORS,
      days: TOKEN_DAYS,
      made,
      // The lowest scope of a token: users choose a higher one explicitly.
      values: { scope: SCOPES[0], ...Object.fromEntries(form ?? []) },
      chosen: form?.getAll("doors[]") ?? [],
      errors: errors ?? {},
      status: errors ? 422 : 200,
    });
  };

  app.get(PATH, async (c) => await list(await shell.open(c, "admin")));

  // No redirect: the token is not stored, so only this answer can show it.
  app.post(PATH, async (c) => {
    const view = await shell.submit(c, "admin");
    const read = parseForm(view.form, newToken(DOORS), { ...view, texts: TEXTS });
    if (!read.ok) return await list(view, { form: view.form, errors: read.errors });
    const { token, text } = await access.issueToken(read.data, authorOf(view));
    const origin = query.config.publicUrl ?? new URL(c.req.url).origin;
    const address = token.scope === "calendar" ? `${origin}/api/oncall.ics?token=${text}` : undefined;
    return await list(view, { made: { ...token, text, address } });
  });

  app.post(`${PATH}/:id/revoke`, async (c) => {
    const view = await shell.submit(c, "admin");
    if (!await access.revokeToken(c.req.param("id"), authorOf(view))) throw new PageError(404, "tokens.gone");
    return view.done(PATH, "tokens.revoked");
  });
  return app;
}

/** A token that ends within this time is marked: its program needs another one. */
const SOON = 14 * DAY;

type TokenState = "good" | "soon" | "over" | "revoked";

function stateOf({ revokedAt, until }: { revokedAt?: number; until: number }, now: number): TokenState {
  if (revokedAt !== undefined) return "revoked";
  if (until <= now) return "over";
  return until - now < SOON ? "soon" : "good";
}
