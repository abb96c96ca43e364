import { cut, oneLine } from "../base/text.ts";
import type { Role } from "../domain/role.ts";
import { roleByRules, type RoleRules } from "../domain/role_rules.ts";
import { nameAt } from "../domain/provider_identity.ts";

/** The settings of a proxy that authenticates people and names them in a header. */
export interface ProxyUserSettings {
  readonly userHeader: string;
  /** The header with the values that decide the role, such as the user's groups, separated by commas. */
  readonly roleHeader: string | undefined;
  readonly roles: RoleRules;
}

/** The maximum length of a user's name. */
const NAME_CHARS = 80;

/** At most this many values of a header are read. */
const MAX_VALUES = 500;

/**
 * The person whom a configured proxy names; `undefined` without a name. The caller must check that the request comes from
 * such a proxy.
 */
export function proxyUser(
  header: (name: string) => string | undefined,
  { userHeader, roleHeader, roles }: ProxyUserSettings,
): { name: string; role: Role | undefined } | undefined {
  const user = cut(oneLine(decoded(header(userHeader))).trim(), { chars: NAME_CHARS });
  if (user === "") return undefined;
  const values = roleHeader === undefined ? [] : decoded(header(roleHeader)).split(",", MAX_VALUES);
  return { name: nameAt("proxy", user), role: roleByRules(values.map((value) => value.trim()), roles) };
}

/** A header's text: proxies write UTF-8, but the runtime reads each byte as a character. */
function decoded(value: string = ""): string {
  try {
    const bytes = Uint8Array.from(value, (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return value;
  }
}
