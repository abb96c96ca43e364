import { Hono } from "hono";
import { BUILT_IN } from "../../../relay/access/built_in_account.ts";
import { ownPassword } from "../../../relay/access/input.ts";
import { PageError } from "../../http/errors.ts";
import { addressOf } from "../../http/remote_address.ts";
import { type FieldErrors, parseForm } from "../form.ts";
import { authorOf, type Shell, type View } from "../shell.ts";

const PATH = "/settings/password";

/** `/settings/password`: the user's own password. */
export function passwordPages(shell: Shell): Hono {
  const { access } = shell.relay.commands;
  const app = new Hono();

  const page = async (view: View, errors?: FieldErrors): Promise<Response> =>
    await view.html("console/settings/password", {
      title: view.t("password.title"),
      fixed: view.who?.name === BUILT_IN || view.who?.by !== "session",
      elsewhere: isElsewhere(view.who),
      errors: errors ?? {},
      status: errors ? 422 : 200,
    });

  app.get(PATH, async (c) => await page(await shell.open(c)));

  app.post(PATH, async (c) => {
    const view = await shell.submit(c, "viewer");
    const { name, by } = view.who!;
    if (isElsewhere(view.who)) throw new PageError(403, "password.elsewhere");
    if (name === BUILT_IN || by !== "session") throw new PageError(403, "password.fixed");
    const read = parseForm(view.form, ownPassword, { ...view, texts: { password: "accounts.passwordHelp" } });
    if (!read.ok) return await page(view, read.errors);
    const { current, password } = read.data;
    // Rate-limited like a login: a person at an unattended browser must not be able to guess it.
    const address = addressOf(c, shell.relay.query.config.proxies);
    const known = await access.signIn({ name, password: current, address }, view.now);
    if (known.kind === "wait") {
      return await page(view, { current: view.t("error.tooMany", { seconds: Math.ceil(known.for / 1000) }) });
    }
    if (known.kind === "wrong") return await page(view, { current: view.t("password.wrong") });
    await access.changeAccount(name, { password, ...authorOf(view) });
    const again = await access.signIn({ name, password, address }, view.now);
    if (again.kind === "in") shell.giveSession(c, again.session);
    return view.done(PATH, "password.changed");
  });
  return app;
}

/** Whether the person signed in at the identity provider or at a proxy: the relay has no password of theirs. */
function isElsewhere(who: View["who"]): boolean {
  return who?.session?.identity !== undefined || who?.by === "proxy";
}
