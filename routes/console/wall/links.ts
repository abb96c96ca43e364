import { Hono } from "hono";
import { z } from "zod";
import { MINUTE } from "../../../relay/base/duration.ts";
import { DEFAULT_DIM, DIM } from "../../../relay/domain/wall_link.ts";
import { PageError } from "../../http/errors.ts";
import { type FieldErrors, parseForm } from "../form.ts";
import { authorOf, type Shell, type View } from "../shell.ts";

const PATH = "/settings/wall";
const TEXTS = { name: "tokens.nameHelp", dim: "wall.link.dimHelp", groups: "wall.link.noGroup" } as const;

/** A screen that was seen within this time, in milliseconds, is on; `lastSeenAt` is accurate to 5 minutes. */
const ON = 12 * MINUTE;

/** `/settings/wall`: the links to the wall. */
export function wallLinkPages(shell: Shell): Hono {
  const { commands: { walls }, query } = shell.relay;
  const app = new Hono();

  const list = async (
    view: View,
    more: { made?: object; form?: URLSearchParams; errors?: FieldErrors } = {},
  ): Promise<Response> => {
    const { made, form, errors } = more;
    return await view.html("console/wall/links", {
      title: view.t("wall.link.title"),
      links: (await query.wallLinks()).map((link) => ({
        ...link,
        isOn: link.lastSeenAt !== undefined && view.now - link.lastSeenAt < ON,
      })),
      groups: [...query.config.groups.keys()],
      made,
      values: { dim: DEFAULT_DIM, names: "show", locale: "", ...Object.fromEntries(form ?? []) },
      chosen: form?.getAll("groups[]") ?? [],
      errors: errors ?? {},
      status: errors ? 422 : 200,
    });
  };

  app.get(PATH, async (c) => await list(await shell.open(c, "operator")));

  // No redirect: the secret is not stored, so only this answer can show the link.
  app.post(PATH, async (c) => {
    const view = await shell.submit(c, "operator");
    const read = parseForm(view.form, newWallLink([...query.config.groups.keys()]), {
      ...view,
      texts: TEXTS,
    });
    if (!read.ok) return await list(view, { form: view.form, errors: read.errors });
    const { link, secret } = await walls.issue(read.data, authorOf(view));
    const origin = query.config.publicUrl ?? new URL(c.req.url).origin;
    return await list(view, { made: { ...link, address: `${origin}/wall/open/${secret}` } });
  });

  app.post(`${PATH}/:id/revoke`, async (c) => {
    const view = await shell.submit(c, "operator");
    if (!await walls.revoke(c.req.param("id"), authorOf(view))) throw new PageError(404, "wall.link.gone");
    return view.done(PATH, "wall.link.revoked");
  });
  return app;
}

/** The form of a new link. */
function newWallLink(groups: readonly string[]): z.ZodType<
  { name: string; groups: string[]; names: boolean; dim: string; locale?: "zh" | "en" }
> {
  return z.object({
    name: z.string().trim().min(1).max(80),
    groups: z.array(z.string().refine((group) => groups.includes(group))).default([]),
    names: z.enum(["show", "hide"]).default("show").transform((names) => names === "show"),
    dim: z.string().trim().regex(DIM).default(DEFAULT_DIM),
    locale: z.enum(["", "zh", "en"]).default(""),
  }).transform(({ locale, ...rest }) => locale === "" ? rest : { ...rest, locale });
}
