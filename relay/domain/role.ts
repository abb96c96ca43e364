/** People's rights, from least to most: look; acknowledge, silence and send again; change the configuration. */
export const ROLES = ["viewer", "operator", "admin"] as const;

/** The rights of a person or a program. */
export type Role = typeof ROLES[number];

/** Whether a role includes the permissions of another one. */
export function allows(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The scopes of API tokens, the least first. `calendar` only reads the on-call schedules, and `intake` only sends alerts. */
export const SCOPES = ["calendar", "intake", "read", "operate", "admin"] as const;

/** The scope of an API token. */
export type Scope = typeof SCOPES[number];

const ROLE_OF: Readonly<Record<Scope, Role | undefined>> = {
  read: "viewer",
  operate: "operator",
  admin: "admin",
  intake: undefined,
  calendar: undefined,
};

/** The role of a token's scope; `undefined` for one that only sends alerts, or only reads the calendar. */
export function roleOf(scope: Scope): Role | undefined {
  return ROLE_OF[scope];
}
