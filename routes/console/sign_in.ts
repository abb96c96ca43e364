import { Hono } from "hono";
import { BusyError } from "../../relay/access/password.ts";
import { PageError } from "../http/errors.ts";
import { namedByProxy, requireOwnSite } from "../http/identity.ts";
import { readingOfStrangers } from "../http/reading.ts";
import { addressOf } from "../http/remote_address.ts";
import { PROVIDER_PATH, PROVIDER_PROBLEMS } from "./provider_sign_in.ts";
import { localPath } from "./local_path.ts";
import { PREFERENCES, readForm, type Shell, type View } from "./shell.ts";

/** `GET` and `POST /sign-in`, `POST /sign-out`, `POST /preferences` (language and theme), and the redirect from `/`. */
export function signInRoutes(shell: Shell): Hono {
  const { commands: { access }, query: { clock } } = shell.relay;
  const app = new Hono();

  const page = (
    view: View,
    shown: {
      to: string;
      name?: string;
      error?: string | undefined;
      status?: 200 | 400 | 401 | 403 | 429 | 503;
    },
  ): Promise<Response> => {
    const { name } = access.provider;
    const to = shown.to === "" ? "" : `?to=${encodeURIComponent(shown.to)}`;
    // The provider redirects to the public address, so the cookie must be set there.
    const { publicUrl = "" } = shell.relay.query.config;
    const provider = name === undefined ? undefined : { name, address: publicUrl + PROVIDER_PATH + to };
    return view.html("console/sign_in", { title: view.t("signIn.title"), provider, ...shown });
  };

  app.get("/sign-in", async (c) => {
    const view = await shell.openToAll(c);
    const to = localPath(c.req.query("to"), "");
    // A person named by a proxy may still sign in with an account of the relay.
    if (view.who && view.who.by !== "proxy") return view.done(to || shell.homeOf(view.who.role));
    const { name } = access.provider;
    const problem = name === undefined ? undefined : problemOf(c.req.query("problem"));
    const proxied = namedByProxy(c, shell.relay.query.config);
    if (problem === undefined && proxied && proxied.role === undefined) {
      return await page(view, {
        to,
        status: 403,
        error: view.t("signIn.proxy.role", { name: proxied.name }),
      });
    }
    if (problem === undefined) return await page(view, { to });
    return await page(view, { to, status: problem.status, error: view.t(problem.text, { name: name! }) });
  });

  app.post("/sign-in", async (c) => {
    requireOwnSite(c, shell.relay.query.config);
    const form = await readForm(c, readingOfStrangers);
    const view = await shell.openToAll(c);
    const name = (form.get("name") ?? "").trim().toLowerCase();
    const to = localPath(form.get("to"), "");
    const now = clock.now();
    try {
      const answer = await access.signIn({
        name,
        password: form.get("password") ?? "",
        address: addressOf(c, shell.relay.query.config.proxies),
      }, now);
      if (answer.kind === "wait") {
        const seconds = Math.ceil(answer.for / 1000);
        c.header("retry-after", String(seconds));
        return await page(view, { to, name, status: 429, error: view.t("error.tooMany", { seconds }) });
      }
      if (answer.kind === "wrong") {
        return await page(view, { to, name, status: 401, error: view.t("signIn.wrong") });
      }
      shell.giveSession(c, answer.session);
      return view.done(to || "/");
    } catch (error) {
      if (!(error instanceof BusyError)) throw error;
      return await page(view, { to, name, status: 503, error: view.t("error.busy") });
    }
  });

  app.post("/sign-out", async (c) => {
    const view = await shell.submit(c, "viewer");
    if (view.who?.session) await access.signOut(view.who.session, clock.now());
    shell.takeSession(c);
    return view.done("/sign-in", "signIn.out");
  });

  app.post("/preferences", async (c) => {
    requireOwnSite(c, shell.relay.query.config);
    const form = await readForm(c, readingOfStrangers);
    for (const name of ["locale", "theme", "density"] as const) {
      const value = form.get(name);
      if (value === null) continue;
      if (!PREFERENCES[name].some((one) => one === value)) throw new PageError(422, "error.noForm");
      shell.remember(c, name, value);
    }
    return (await shell.openToAll(c)).done(localPath(form.get("to"), "/"));
  });
  return app;
}

/** The reason why the provider's sign-in failed, from the callback's redirect. */
function problemOf(
  why: string | undefined,
): typeof PROVIDER_PROBLEMS[keyof typeof PROVIDER_PROBLEMS] | undefined {
  return Object.entries(PROVIDER_PROBLEMS).find(([name]) => name === why)?.[1];
}
