import { SECRET_NAMES } from "./secret_files.ts";
import type { Environment } from "./settings.ts";

/** All variables that the relay reads by itself; a secret's may be in a file that `NAME_FILE` names. */
export const VARIABLES: readonly string[] = [
  ...["PORT", "HOST", "FENGHUO_KV", "FENGHUO_CONFIG", "FENGHUO_CHANNELS", "FENGHUO_TEMPLATES"],
  ...["FENGHUO_OPEN_INTAKE", "FENGHUO_OCP_USER", "FENGHUO_PROXIES", "FENGHUO_PUBLIC_URL", "FENGHUO_TZ"],
  ...["FENGHUO_LOCALE", "FENGHUO_ALARM_WAIT", "FENGHUO_ALARM_MAX_AGE", "FENGHUO_DELIVER"],
  ...["DENO_DEPLOY", "DENO_TIMELINE", "DENO_KV_DEFAULT_PATH"],
  "DENO_KV_ACCESS_TOKEN", // read by the runtime itself, which asks for the permission all the same
  ...[
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
  ],
  ...SECRET_NAMES.flatMap(withFile),
];

/** A variable, and the one that names a file in its place. */
export function withFile(name: string): [string, string] {
  return [name, `${name}_FILE`];
}

/** Read some variables. Those that this process may not read are not there, and are named in `denied`. */
export function readVariables(
  names: readonly string[],
  get: (name: string) => string | undefined,
): { env: Environment; denied: string[] } {
  const env: Record<string, string> = {};
  const denied: string[] = [];
  for (const name of names) {
    try {
      const value = get(name);
      if (value !== undefined) env[name] = value;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotCapable)) throw error;
      denied.push(name);
    }
  }
  return { env, denied };
}
