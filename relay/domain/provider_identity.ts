import type { Role } from "./role.ts";

/**
 * A person who signed in at the identity provider (OpenID Connect). It has no password, the provider's claims decide its
 * role, and no account has its name. Times are epoch milliseconds.
 */
export interface ProviderIdentity {
  /** A digest of issuer and subject, which identify the person: another person may get the name later. */
  readonly id: string;
  readonly issuer: string;
  readonly subject: string;
  /** The name in audit records: see {@linkcode nameAt}. */
  readonly name: string;
  /** The role at the last sign-in. */
  readonly role: Role;
  readonly firstSignInAt: number;
  readonly lastSignInAt: number;
  /** The expiry of the record without another sign-in. */
  readonly until: number;
}

/** The claims that the relay reads from the provider's answers. */
export interface ProviderClaims {
  readonly issuer: string;
  readonly subject: string;
  /** The user's name at the provider. */
  readonly user: string;
  /** The values of the claim that decides the role. */
  readonly values: readonly string[];
}

/** The name of a person whom `source` authenticates: `li.lei (Example SSO)`. No account has such a name: theirs have no space. */
export function nameAt(source: string, user: string): string {
  return `${user} (${source})`;
}
