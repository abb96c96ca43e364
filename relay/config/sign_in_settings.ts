import { isTrustworthy, type OidcSettings } from "../access/oidc/settings.ts";
import type { ProxyUserSettings } from "../access/proxy_user.ts";
import { cut, oneLine } from "../base/text.ts";
import { parseRoleRules, ROLE_RULES_HELP, type RoleRules } from "../domain/role_rules.ts";
import type { Complaint } from "./complaint.ts";
import { weaknessOf, withoutLineEnd } from "./secret_text.ts";

/** The environment's variables. */
type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of signing in without an account of the relay. */
export interface SignInSettings {
  /** The identity provider, if there is one. */
  readonly oidc: OidcSettings | undefined;
  /** The proxy that authenticates people, if there is one. */
  readonly proxyUser: ProxyUserSettings | undefined;
}

/** Variables that have an effect only with the issuer. */
const OF_OIDC = [
  "FENGHUO_OIDC_CLIENT_ID",
  "FENGHUO_OIDC_CLIENT_SECRET",
  "FENGHUO_OIDC_NAME",
  "FENGHUO_OIDC_SCOPES",
  "FENGHUO_OIDC_ROLE_CLAIM",
  "FENGHUO_OIDC_ROLES",
];

/** Variables that have an effect only with the user's header. */
const OF_PROXY = ["FENGHUO_PROXY_ROLE_HEADER", "FENGHUO_PROXY_ROLES"];

/** Reads the settings of signing in, with complaints. `publicUrl`: `undefined` also if it is invalid. */
export function readSignIn(
  env: Environment,
  { publicUrl, deploy }: { publicUrl: string | undefined; deploy: boolean },
): { signIn: SignInSettings; complaints: Complaint[] } {
  const complaints: Complaint[] = [];
  const complain = (path: string, message: string): undefined => void complaints.push({ path, message });
  const oidc = oidcOf(env, { publicUrl, complain });
  const proxyUser = proxyUserOf(env, { deploy, complain });
  return { signIn: { oidc, proxyUser }, complaints };
}

type Complain = (path: string, message: string) => undefined;

function oidcOf(
  env: Environment,
  { publicUrl, complain }: { publicUrl: string | undefined; complain: Complain },
): OidcSettings | undefined {
  const issuer = env.FENGHUO_OIDC_ISSUER;
  if (!issuer) return alone(OF_OIDC, "FENGHUO_OIDC_ISSUER", { env, complain });
  const url = URL.parse(issuer);
  if (url === null || !isTrustworthy(issuer) || url.search !== "" || url.hash !== "") {
    const example = "https://id.example.com/realms/ops";
    return complain(
      "FENGHUO_OIDC_ISSUER",
      `must be a URL such as "${example}"; http:// is allowed only for this machine`,
    );
  }
  const clientId = env.FENGHUO_OIDC_CLIENT_ID;
  if (!clientId) {
    complain(
      "FENGHUO_OIDC_CLIENT_ID",
      "is missing: the id with which the relay is registered at the provider",
    );
  }
  if (publicUrl === undefined && !env.FENGHUO_PUBLIC_URL) {
    complain("FENGHUO_PUBLIC_URL", "is missing: the provider redirects to it after a sign-in");
  }
  const clientSecret = withoutLineEnd(env.FENGHUO_OIDC_CLIENT_SECRET ?? "") || undefined;
  const weakness = clientSecret && weaknessOf(clientSecret);
  if (weakness) complain("FENGHUO_OIDC_CLIENT_SECRET", weakness);
  const scope = (env.FENGHUO_OIDC_SCOPES || "openid profile email").split(/[\s,]+/).filter((one) =>
    one !== ""
  );
  if (!scope.includes("openid")) {
    complain("FENGHUO_OIDC_SCOPES", 'must include "openid", such as "openid profile groups"');
  }
  const roles = rolesOf("FENGHUO_OIDC_ROLES", { env, complain });
  if (!clientId || publicUrl === undefined || roles === undefined) return undefined;
  return {
    issuer,
    clientId,
    clientSecret,
    name: cut(oneLine(env.FENGHUO_OIDC_NAME || url.host).trim(), { chars: 40 }),
    scope: scope.join(" "),
    roleClaim: env.FENGHUO_OIDC_ROLE_CLAIM || "groups",
    roles,
    publicUrl,
  };
}

/** The name of a header that only a proxy sets: with one that clients send themselves, anybody could sign in. */
const HEADER = /^(?!(authorization|cookie|host|origin|referer|user-agent|accept.*)$)[a-z][a-z0-9-]{0,63}$/i;
const HEADER_HELP = 'must be a header that the proxy sets, such as "X-Forwarded-User"';

function proxyUserOf(
  env: Environment,
  { deploy, complain }: { deploy: boolean; complain: Complain },
): ProxyUserSettings | undefined {
  const userHeader = env.FENGHUO_PROXY_USER_HEADER;
  if (!userHeader) return alone(OF_PROXY, "FENGHUO_PROXY_USER_HEADER", { env, complain });
  const roleHeader = env.FENGHUO_PROXY_ROLE_HEADER || undefined;
  if (!HEADER.test(userHeader)) complain("FENGHUO_PROXY_USER_HEADER", HEADER_HELP);
  if (roleHeader !== undefined && !HEADER.test(roleHeader)) {
    complain("FENGHUO_PROXY_ROLE_HEADER", HEADER_HELP);
  }
  if (deploy) {
    const why = "the platform passes on the header of any client";
    return complain("FENGHUO_PROXY_USER_HEADER", `cannot be used on Deno Deploy: ${why}`);
  }
  if (!env.FENGHUO_PROXIES) {
    complain("FENGHUO_PROXIES", "is missing: FENGHUO_PROXY_USER_HEADER is trusted only from these proxies");
  }
  const roles = rolesOf("FENGHUO_PROXY_ROLES", { env, complain });
  return roles && { userHeader, roleHeader, roles };
}

function rolesOf(
  name: string,
  { env, complain }: { env: Environment; complain: Complain },
): RoleRules | undefined {
  const text = env[name];
  if (!text) return complain(name, `is missing: set the roles of groups, such as "sre=admin, *=viewer"`);
  return parseRoleRules(text) ?? complain(name, ROLE_RULES_HELP);
}

/** Complains about variables that have no effect without another one. */
function alone(
  names: readonly string[],
  needed: string,
  { env, complain }: { env: Environment; complain: Complain },
): undefined {
  for (const name of names) if (env[name]) complain(name, `has no effect without ${needed}`);
}
