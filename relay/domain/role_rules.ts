import { type Role, ROLES } from "./role.ts";

/** Which role a person has who is known from elsewhere: from an identity provider, or a proxy that authenticates. */
export interface RoleRules {
  /** The values of a claim or a header, such as the name of a group → the role of whoever has it. */
  readonly byValue: ReadonlyMap<string, Role>;
  /** The role of everybody else; `undefined` = they may not sign in. */
  readonly otherwise: Role | undefined;
}

/** Stands for every value, in the text of the rules. */
const EVERYBODY = "*";

/** How the text of the rules is written. */
export const ROLE_RULES_HELP =
  'must be values with their roles, such as "sre=admin, on-call=operator, *=viewer"; separate them by ";" where a value ' +
  "has a comma";

/** The role of somebody with these values: the greatest that one of them gives. */
export function roleByRules(values: readonly string[], { byValue, otherwise }: RoleRules): Role | undefined {
  const given = new Set(values.map((value) => byValue.get(value) ?? otherwise).concat(otherwise));
  return ROLES.findLast((role) => given.has(role));
}

/**
 * Parses `value=role, …`; `undefined` if the text is invalid. The last `=` counts, because a value may be a name of a
 * directory such as `cn=sre,ou=groups`. A text with a `;` or several lines is separated there, and nowhere else.
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
