import type { Role } from "./role.ts";

/**
 * A person who signed in at the identity provider (OpenID Connect). Not an account: it has no password here, its role is
 * the provider's to decide, and its name cannot be an account's. Times are epoch milliseconds.
 */
export interface ProviderIdentity {
  /** A digest of issuer and subject, which alone identify the person: names may change hands. */
  readonly id: string;
  readonly issuer: string;
  readonly subject: string;
  /** As audit records have it: `li.lei (Example SSO)`. */
  readonly name: string;
  /** As decided at the last sign-in. */
  readonly role: Role;
  readonly firstSignInAt: number;
  readonly lastSignInAt: number;
  /** The record expires then, unless the person signs in again. */
  readonly until: number;
}

/** What the provider vouches for, as far as the relay needs it. */
export interface ProviderClaims {
  readonly issuer: string;
  readonly subject: string;
  /** The user's name at the provider. */
  readonly user: string;
  /** The values of the claim that decides the role. */
  readonly values: readonly string[];
}
