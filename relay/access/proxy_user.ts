import { cut, oneLine } from "../base/text.ts";
import type { Role } from "../domain/role.ts";
import { roleByRules, type RoleRules } from "../domain/role_rules.ts";

/** A proxy in front that authenticates people, and names them in a header. */
export interface ProxyUserSettings {
  readonly userHeader: string;
  /** Has values with commas between them, such as the user's groups. */
  readonly roleHeader: string | undefined;
  readonly roles: RoleRules;
}

/** The end of the name of a person whom the proxy names. No account's name has a space. */
const BY_PROXY = "(proxy)";

/** At most this many values of a header count. */
const MAX_VALUES = 500;

/**
 * The person whom a configured proxy names; `undefined` without a name. The caller has checked that the request comes from
 * such a proxy.
 */
export function proxyUser(
  header: (name: string) => string | undefined,
  { userHeader, roleHeader, roles }: ProxyUserSettings,
): { name: string; role: Role | undefined } | undefined {
  const user = cut(oneLine(decoded(header(userHeader))).trim(), { chars: 80 });
  if (user === "") return undefined;
  const values = roleHeader === undefined ? [] : decoded(header(roleHeader)).split(",", MAX_VALUES);
  return { name: `${user} ${BY_PROXY}`, role: roleByRules(values.map((value) => value.trim()), roles) };
}

/** Proxies write UTF-8, and the runtime reads a header byte by byte. */
function decoded(value: string = ""): string {
  try {
    const bytes = Uint8Array.from(value, (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return value;
  }
}
