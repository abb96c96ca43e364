import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { RefusedSignIn } from "../../relay/access/oidc/sign_in.ts";
import { PENDING_FOR } from "../../relay/access/oidc/pending.ts";
import { CALLBACK_PATH } from "../../relay/access/oidc/settings.ts";
import type { TextKey } from "../../relay/message/locale.ts";
import { basePathOf } from "../http/base_path.ts";
import { PageError } from "../http/errors.ts";
import { isSecure } from "../http/remote_address.ts";
import { localPath } from "./local_path.ts";
import type { Shell, View } from "./shell.ts";

/** The address at which a sign-in at the provider begins. */
export const PROVIDER_PATH = "/sign-in/oidc";

/** The refusals of a sign-in: the words of the sign-in page, and the status. */
export const PROVIDER_PROBLEMS: Readonly<
  Record<RefusedSignIn["why"], { readonly text: TextKey; readonly status: 400 | 401 | 403 | 503 }>
> = {
  stale: { text: "signIn.provider.stale", status: 400 },
  denied: { text: "signIn.provider.denied", status: 403 },
  role: { text: "signIn.provider.role", status: 403 },
  unreachable: { text: "signIn.provider.unreachable", status: 503 },
  client: { text: "signIn.provider.client", status: 503 },
  untrusted: { text: "signIn.provider.untrusted", status: 401 },
};

/**
 * `GET /sign-in/oidc`, which redirects to the provider, and `GET /sign-in/oidc/callback`, to which the provider
 * redirects back.
 */
export function providerSignInRoutes(shell: Shell): Hono {
  const { commands: { access: { provider } }, query: { clock, config } } = shell.relay;
  const app = new Hono();

  const cookiePath = (): string => basePathOf(config.publicUrl) + PROVIDER_PATH;
  // The address of the callback contains the code, so the page with the error has another one.
  const refused = (view: View, { why, to }: RefusedSignIn): Response =>
    view.done(`/sign-in?${new URLSearchParams({ problem: why, ...to === "" ? {} : { to } })}`);

  app.get(PROVIDER_PATH, async (c) => {
    if (provider.name === undefined) throw new PageError(404, "error.nothingHere");
    const view = await shell.openToAll(c);
    const to = localPath(c.req.query("to"), "");
    if (view.who) return view.done(to || shell.homeOf(view.who.role));
    const begun = await provider.begin(to, clock.now());
    if (begun.kind === "refused") return refused(view, begun);
    setCookie(c, cookieOf(begun.state), begun.sealed, {
      path: cookiePath(),
      httpOnly: true,
      sameSite: "Lax", // the provider's redirect comes from another site
      secure: isSecure(c, config),
      maxAge: PENDING_FOR / 1_000,
    });
    c.header("cache-control", "no-store");
    return c.redirect(begun.address, 303);
  });

  app.get(CALLBACK_PATH, async (c) => {
    if (provider.name === undefined) throw new PageError(404, "error.nothingHere");
    const view = await shell.openToAll(c);
    const answer = new URL(c.req.url).searchParams;
    const name = cookieOf(answer.get("state") ?? "");
    const sealed = getCookie(c, name);
    deleteCookie(c, name, { path: cookiePath() }); // it is used once, whatever comes of it
    const result = await provider.finish({ answer, sealed }, clock.now());
    if (result.kind === "refused") return refused(view, result);
    shell.giveSession(c, result.session);
    return view.done(result.to || "/");
  });
  return app;
}

/** One for each sign-in, so that two windows can sign in concurrently. */
function cookieOf(state: string): string {
  return `fenghuo_oidc_${/^[\w-]{8}/.exec(state)?.[0] ?? ""}`;
}
