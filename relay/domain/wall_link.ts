import type { Locale } from "../base/locale.ts";

/** The options of a wall. */
export interface WallOptions {
  /** The ids of its groups; empty: all. */
  readonly groups: readonly string[];
  /** Whether it shows the names of people. */
  readonly names: boolean;
  /** The hours between which it is dimmed, such as `22-7`; `off`: never. */
  readonly dim: string;
  /** Its language; `undefined`: the browser's. */
  readonly locale?: Locale;
}

/** The stored record of a link to the wall. Until it is revoked, its holder can read the wall and nothing else. */
export interface WallLink extends WallOptions {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the whole secret in hex; the secret has 256 random bits, so the hash needs no salt. */
  readonly hash: string;
  readonly createdBy: string;
  readonly createdAt: number;
  /** The time of its last use, accurate to a few minutes. */
  readonly lastSeenAt?: number;
}

/** The hours in which a wall is dimmed by default. */
export const DEFAULT_DIM = "22-7";

/** Two different hours of the day, or `off`. */
export const DIM = /^(off|(?!0?(\d+)-0?\2$)([01]?\d|2[0-3])-([01]?\d|2[0-3]))$/;
