import { type Role, ROLES } from "./role.ts";

/** The roles of people whom an identity provider or an authenticating proxy has signed in. */
export interface RoleRules {
  /** A value of a claim or a header, such as the name of a group → its role. */
  readonly byValue: ReadonlyMap<string, Role>;
  /** The role of all other people; `undefined`: they may not sign in. */
  readonly otherwise: Role | undefined;
}

/** The value for all people, in the text of the rules. */
const EVERYBODY = "*";

/** The help for a wrong text of rules. */
export const ROLE_RULES_HELP =
  'must be values with their roles, such as "sre=admin, on-call=operator, *=viewer"; separate them by ";" where a value ' +
  "has a comma";

/** The role of a person with these values: the greatest role of any of them. */
export function roleByRules(values: readonly string[], { byValue, otherwise }: RoleRules): Role | undefined {
  const given = new Set(values.map((value) => byValue.get(value) ?? otherwise).concat(otherwise));
  return ROLES.findLast((role) => given.has(role));
}

/**
 * Parses `value=role, …`; `undefined` if the text is invalid. The last `=` separates the role, because a value may be a name
 * of a directory such as `cn=sre,ou=groups`. In a text with `;` or several lines, a comma does not separate.
 */
export function parseRoleRules(text: string): RoleRules | undefined {
  const byValue = new Map<string, Role>();
  let otherwise: Role | undefined;
  const entries = text.split(/[;\n]/.test(text) ? /[;\n]/ : ",").map((entry) => entry.trim());
  for (const entry of entries.filter((entry) => entry !== "")) {
    const [, value = "", name] = /^(.*[^\s])\s*=\s*(\w+)$/.exec(entry) ?? [];
    const role = ROLES.find((role) => role === name);
    if (role === undefined || byValue.has(value) || value === EVERYBODY && otherwise) return undefined;
    if (value === EVERYBODY) otherwise = role;
    else byValue.set(value, role);
  }
  return byValue.size > 0 || otherwise ? { byValue, otherwise } : undefined;
}
