/**
 * Reads a person's name and groups from the claims of an identity provider.
 *
 * @module
 */
import { cut, oneLine } from "../../base/text.ts";

/** The claims of an ID token or of the userinfo endpoint. */
export type Claims = Readonly<Record<string, unknown>>;

/** The maximum length of a user's name. */
const NAME_CHARS = 80;

/** At most this many values of a claim are read; a person is in fewer groups. */
const MAX_VALUES = 2_000;

/** The user's name at the provider; `undefined` without such a claim. An unverified mail address is ignored. */
export function userOf({ preferred_username, email, email_verified }: Claims): string | undefined {
  const candidates = [preferred_username, email_verified === false ? undefined : email];
  return candidates.map(nameIn).find((name) => name !== undefined);
}

/** A claim's text as a name; `undefined` if it has none. */
export function nameIn(claim: unknown): string | undefined {
  const name = typeof claim === "string" ? cut(oneLine(claim).trim(), { chars: NAME_CHARS }) : "";
  return name === "" ? undefined : name;
}

/**
 * The values of a claim; `undefined` without it. `name`: the claim's whole name, which may be a URL with dots, or else a path
 * such as `realm_access.roles`. A claim is one value or a list of values; any other claim has none.
 */
export function valuesOf(claims: Claims, name: string): string[] | undefined {
  const found = Object.hasOwn(claims, name) ? claims[name] : name.split(".").reduce<unknown>(partOf, claims);
  if (found === undefined || found === null) return undefined;
  const values = Array.isArray(found) ? found.slice(0, MAX_VALUES) : [found];
  return values.flatMap((value) =>
    ["string", "number", "boolean"].includes(typeof value) ? [String(value)] : []
  );
}

function partOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}
