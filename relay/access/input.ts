import { z } from "zod";
import { BUILT_IN } from "./built_in_account.ts";
import { ROLES, SCOPES } from "../domain/role.ts";
import { DAY } from "../base/duration.ts";

/** The lifetime of a token in days: the default and the maximum. */
export const TOKEN_DAYS = { default: 90, most: 730 } as const;

/** A password's length makes it strong. Source: NIST SP 800-63B, 3.1.1. */
const password = z.string().min(10).max(200);

const role = z.enum(ROLES);

/** A new account, from a form or a program. */
export const newAccount = z.object({
  name: z.string().trim().toLowerCase().regex(/^[a-z0-9][a-z0-9._@-]{0,39}$/).refine((name) =>
    name !== BUILT_IN
  ),
  role,
  password,
});

/** A change of an account. An empty password counts as missing: a form always has the field. */
export const accountChange = z.object({
  role: z.optional(role),
  password: z.optional(z.preprocess((text) => text === "" ? undefined : text, z.optional(password))),
});

/** A new token, whose `doors` are a subset of those given; `lasts` is in milliseconds. */
export function newToken<const D extends readonly [string, ...string[]]>(doors: D): z.ZodType<{
  name: string;
  scope: typeof SCOPES[number];
  doors?: string[] | undefined;
  lasts: number;
}> {
  return z.object({
    name: z.string().trim().min(1).max(80),
    scope: z.enum(SCOPES),
    doors: z.optional(z.array(z.enum(doors))),
    days: z.coerce.number().int().min(1).max(TOKEN_DAYS.most).default(TOKEN_DAYS.default),
  }).transform(({ days, doors, ...rest }) => ({
    ...rest,
    ...doors && doors.length > 0 && rest.scope === "intake" ? { doors } : {},
    lasts: days * DAY,
  }));
}

/** A change of one's own password. */
export const ownPassword = z.object({ current: z.string().max(200), password });
