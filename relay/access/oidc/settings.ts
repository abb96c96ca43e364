import type { RoleRules } from "../../domain/role_rules.ts";

/** The settings of an identity provider (OpenID Connect). */
export interface OidcSettings {
  /** The issuer, exactly as in the provider's metadata. */
  readonly issuer: string;
  readonly clientId: string;
  /** `undefined` for a public client, which uses only PKCE. */
  readonly clientSecret: string | undefined;
  /** The provider's display name, on the button and in the names of its users. */
  readonly name: string;
  /** The requested scopes, separated by spaces. */
  readonly scope: string;
  /** The claim that decides the role: its name, or a path with dots. */
  readonly roleClaim: string;
  readonly roles: RoleRules;
  /** The public address of the relay, to which the provider redirects. Without a trailing slash. */
  readonly publicUrl: string;
}

/** The path to which the provider redirects. */
export const CALLBACK_PATH = "/sign-in/oidc/callback";

/** Whether an address may be used for signing in: it has HTTPS, or is on this machine. */
export function isTrustworthy(address: string): boolean {
  const url = URL.parse(address);
  if (url?.protocol === "https:") return true;
  return url?.protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}
