import type { Role, Scope } from "./role.ts";

/** What is kept of a password: enough to recognise it, with the parameters, so that they can be raised later. */
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

/** Somebody who may sign in. */
export interface Account {
  readonly name: string;
  readonly role: Role;
  readonly password: PasswordHash;
  readonly createdAt: number;
  readonly changedAt: number;
}

/** What is kept of an API token. Times are epoch milliseconds. */
export interface Token {
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  /** SHA-256 of the whole token, in hex: it has 256 bits of chance, so nobody guesses what it was. */
  readonly hash: string;
  /** The doors that it opens, of those that take alerts; `undefined` = all. */
  readonly doors?: readonly string[];
  readonly createdBy: string;
  readonly createdAt: number;
  readonly until: number;
  /** To a few minutes. */
  readonly lastUsedAt?: number;
  readonly revokedAt?: number;
}
