import { Hono } from "hono";
import { BUILT_IN } from "../../../relay/access/built_in_account.ts";
import { accountChange, newAccount } from "../../../relay/access/input.ts";
import { ROLES } from "../../../relay/domain/role.ts";
import { PageError } from "../../http/errors.ts";
import { type FieldErrors, parseForm } from "../form.ts";
import { authorOf, type Shell, type View } from "../shell.ts";

const PATH = "/settings/accounts";
const IDENTITIES = "/settings/identities";
const TEXTS = { name: "accounts.nameHelp", password: "accounts.passwordHelp" } as const;

/** `/settings/accounts`: the accounts and their roles. */
export function accountPages(shell: Shell): Hono {
  const { commands: { access }, query } = shell.relay;
  const app = new Hono();

  const list = async (view: View, wrong: RefusedForm = {}): Promise<Response> =>
    await view.html("console/settings/accounts", {
      title: view.t("accounts.title"),
      builtIn: BUILT_IN,
      accounts: await query.accounts(),
      provider: access.provider.name,
      identities: await query.identities(),
      proxyHeader: query.config.proxyUser?.userHeader,
      roles: ROLES,
      values: wrong.values ?? {},
      errors: wrong.errors ?? {},
      of: wrong.of ?? "",
      status: wrong.errors ? 422 : 200,
    });

  app.get(PATH, async (c) => await list(await shell.open(c, "admin")));

  app.post(PATH, async (c) => {
    const view = await shell.submit(c, "admin");
    const values = { name: view.form.get("name"), role: view.form.get("role") };
    const read = parseForm(view.form, newAccount, { ...view, texts: TEXTS });
    if (!read.ok) return await list(view, { values, errors: read.errors });
    const added = await access.addAccount(read.data, authorOf(view));
    if (!added) return await list(view, { values, errors: { name: view.t("accounts.taken") } });
    return view.done(PATH, "accounts.added", { name: read.data.name });
  });

  app.post(`${PATH}/:name`, async (c) => {
    const view = await shell.submit(c, "admin");
    const name = c.req.param("name");
    const read = parseForm(view.form, accountChange, { ...view, texts: TEXTS });
    if (!read.ok) return await list(view, { of: name, errors: read.errors });
    if (!await access.changeAccount(name, { ...read.data, ...authorOf(view) })) {
      throw new PageError(404, "accounts.gone");
    }
    return view.done(PATH, "accounts.changed", { name });
  });

  app.post(`${PATH}/:name/remove`, async (c) => {
    const view = await shell.submit(c, "admin");
    const name = c.req.param("name");
    if (!await access.removeAccount(name, authorOf(view))) throw new PageError(404, "accounts.gone");
    return view.done(PATH, "accounts.removed", { name });
  });

  app.post(`${IDENTITIES}/:id/remove`, async (c) => {
    const view = await shell.submit(c, "admin");
    const removed = await access.removeIdentity(c.req.param("id"), authorOf(view));
    if (!removed) throw new PageError(404, "identities.gone");
    return view.done(PATH, "identities.removed");
  });
  return app;
}

/** A submitted form and its errors. */
interface RefusedForm {
  readonly values?: Readonly<Record<string, string | null>>;
  readonly errors?: FieldErrors;
  /** The form's account; missing for a new one. */
  readonly of?: string;
}
