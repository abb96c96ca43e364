import { defined } from "../../relay/base/defined.ts";
import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import type { Identity } from "../../relay/access/access.ts";
import type { Network } from "../../relay/access/network.ts";
import { allows, type Role } from "../../relay/domain/role.ts";
import { formTokenOf, type Session } from "../../relay/access/session.ts";
import type { Config } from "../../relay/config/mod.ts";
import { proxyUser } from "../../relay/access/proxy_user.ts";
import type { Relay } from "../../relay/relay.ts";
import { sameSecret } from "../../relay/base/same_secret.ts";
import { credentialsIn } from "./auth.ts";
import { PageError, RequestError } from "./errors.ts";
import { addressOf, forwarded, isFromProxy } from "./remote_address.ts";

/** The cookie of a session. */
export const SESSION_COOKIE = "fenghuo_session";

/** The header in which a script sends a form's token; a form has a field named `form_token`. */
export const FORM_TOKEN_HEADER = "x-form-token";

/** The challenge that names the accepted authentication to a browser or a program. */
export const CHALLENGE = {
  "www-authenticate": 'Basic realm="fenghuo", charset="UTF-8", Bearer realm="fenghuo"',
};

type RenewedIdentity = Identity & { readonly renewed?: Session };

/** The identity is looked up once per request. */
const found = new WeakMap<Request, Promise<RenewedIdentity | undefined>>();

/**
 * The identity of the caller: an API token or the admin password as Bearer, Basic as `admin`, a session's cookie, or the header
 * of a proxy.
 *
 * @throws RequestError 429 when passwords are guessed · StoreError
 */
export function identify(c: Context, relay: Relay): Promise<RenewedIdentity | undefined> {
  let identity = found.get(c.req.raw);
  if (identity === undefined) found.set(c.req.raw, identity = lookUp(c, relay));
  return identity;
}

/**
 * The identity of the caller, looked up again: a long-running answer may outlive a session. @throws RequestError ·
 * StoreError
 */
export async function identifyAgain(c: Context, relay: Relay): Promise<Identity | undefined> {
  return await lookUp(c, relay);
}

async function lookUp(
  c: Context,
  { commands: { access }, query: { clock, config } }: Relay,
): Promise<RenewedIdentity | undefined> {
  const now = clock.now();
  const credentials = credentialsIn(c.req.header("authorization") ?? "");
  if (credentials === undefined) {
    const cookie = getCookie(c, SESSION_COOKIE);
    const identity = cookie === undefined ? undefined : await access.ofSession(cookie, now);
    return identity ?? ofProxy(c, config);
  }
  const { user: name, password } = credentials;
  if (access.isToken(password)) {
    const token = await access.ofToken(password, now);
    return token?.role && { name: `token ${token.name}`, role: token.role, by: "token" };
  }
  const answer = access.ofPassword(
    { ...defined({ name }), password, address: addressOf(c, config.proxies) },
    now,
  );
  if (answer === undefined) return undefined;
  if ("wait" in answer) throw tooMany(answer.wait);
  return { name: "admin", role: answer.role, by: name === undefined ? "password" : "basic" };
}

function ofProxy(c: Context, config: Pick<Config, "proxyUser" | "proxies">): Identity | undefined {
  const { name, role } = namedByProxy(c, config) ?? {};
  return name === undefined || role === undefined ? undefined : { name, role, by: "proxy" };
}

/**
 * The person whom a configured proxy names in a header, with their role by the rules. Off unless the header is
 * configured.
 */
export function namedByProxy(
  c: Context,
  { proxyUser: settings, proxies }: Pick<Config, "proxyUser" | "proxies">,
): ReturnType<typeof proxyUser> {
  if (settings === undefined || !isFromProxy(c, proxies)) return undefined;
  return proxyUser((name) => c.req.header(name), settings);
}

/** Too many wrong passwords. */
export function tooMany(ms: number): RequestError {
  const seconds = Math.ceil(ms / 1000);
  return new PageError(429, "error.tooMany", {
    params: { seconds },
    headers: { "retry-after": String(seconds) },
  });
}

/** A browser, or a proxy in front of the relay, adds these to the requests of any page. */
const AUTOMATIC: ReadonlySet<Identity["by"]> = new Set(["session", "basic", "proxy"]);

/**
 * Authorise a caller with at least this role. A change must also come from one of our own pages, if the browser adds
 * the credential automatically.
 *
 * @param formToken The form's token; a script sends it as a header.
 * @throws RequestError 401, 403, 429 · StoreError
 */
export async function authorise(
  c: Context,
  { relay, role, formToken = c.req.header(FORM_TOKEN_HEADER) }: {
    relay: Relay;
    role: Role;
    formToken?: string | undefined;
  },
): Promise<Identity> {
  const identity = await identify(c, relay);
  if (identity === undefined) throw new PageError(401, "error.signIn", { headers: CHALLENGE });
  if (!allows(identity.role, role)) {
    throw new PageError(403, "error.role", {
      params: { name: identity.name, role: identity.role, needed: role },
    });
  }
  if (c.req.method !== "GET" && c.req.method !== "HEAD") {
    if (AUTOMATIC.has(identity.by)) requireOwnSite(c, relay.query.config);
    if (identity.session) {
      const right = formTokenOf(identity.session, { key: relay.query.config.key });
      if (formToken === undefined || !sameSecret(formToken, right)) {
        throw new PageError(403, "error.staleForm");
      }
    }
  }
  return identity;
}

/** Refuses a request that a page of another site makes the browser send. @throws RequestError 403 */
export function requireOwnSite(
  c: Context,
  { publicUrl, proxies }: { publicUrl: string | undefined; proxies: readonly Network[] },
): void {
  const site = c.req.header("sec-fetch-site");
  if (site === "same-origin" || site === "none") return;
  const origin = c.req.header("origin");
  // Not a browser: every browser names the origin of a POST.
  if (site === undefined && origin === undefined) return;
  const own = c.req.header("host") ?? new URL(c.req.url).host;
  const page = hostOf(origin);
  if (site !== undefined || page === undefined) throw new PageError(403, "error.otherSite");
  if ([own, forwarded(c, "host", proxies), hostOf(publicUrl)].includes(page)) return;
  // Behind a proxy that changes the header Host, our own page looks like another site.
  throw new PageError(403, "error.otherHost", {
    params: { page: page.slice(0, 100), origin: origin!.slice(0, 100), own: own.slice(0, 100) },
  });
}

function hostOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : URL.parse(url)?.host;
}
