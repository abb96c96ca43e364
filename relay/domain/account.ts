import type { Role, Scope } from "./role.ts";

/** The stored hash of a password, with its cost parameters so that they can be raised later. */
export interface PasswordHash {
  readonly scheme: "scrypt";
  readonly n: number;
  readonly r: number;
  readonly p: number;
  /** Base64. */
  readonly salt: string;
  /** Base64. */
  readonly hash: string;
}

/** An account of a person who may sign in. */
export interface Account {
  readonly name: string;
  readonly role: Role;
  readonly password: PasswordHash;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** The stored record of an API token. Times are epoch milliseconds. */
export interface Token {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  /** SHA-256 of the whole token in hex; the token has 256 random bits, so the hash needs no salt. */
  readonly hash: string;
  /** The intake doors that it may use; `undefined` = all. */
  readonly doors?: readonly string[];
  readonly createdBy: string;
  readonly createdAt: number;
  readonly until: number;
  /** Accurate to a few minutes. */
  readonly lastUsedAt?: number;
  readonly revokedAt?: number;
}
