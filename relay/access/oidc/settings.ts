import type { RoleRules } from "../../domain/role_rules.ts";

/** How people sign in at an identity provider (OpenID Connect). */
export interface OidcSettings {
  /** Exactly as the provider names itself. */
  readonly issuer: string;
  readonly clientId: string;
  /** `undefined` for a public client: PKCE alone proves it. */
  readonly clientSecret: string | undefined;
  /** What people call the provider: the button names it, and so does each name of its users. */
  readonly name: string;
  /** Separated by spaces. */
  readonly scope: string;
  /** The claim that decides the role: its name, or a path with dots. */
  readonly roleClaim: string;
  readonly roles: RoleRules;
  /** The public address of the relay, to which the provider sends people back. Without a trailing slash. */
  readonly publicUrl: string;
}

/** The path to which the provider sends people back. */
export const CALLBACK_PATH = "/sign-in/oidc/callback";

/** Whether an address may be used for signing in: HTTPS, or this machine. */
export function isTrustworthy(address: string): boolean {
  const url = URL.parse(address);
  if (url?.protocol === "https:") return true;
  return url?.protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}
