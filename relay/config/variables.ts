import { SECRET_NAMES } from "./secret_files.ts";
import type { Environment } from "./settings.ts";

/** The variables that the relay itself reads. */
export const VARIABLES: readonly string[] = [
  "PORT",
  "HOST",
  "FENGHUO_KV",
  "FENGHUO_CONFIG",
  "FENGHUO_CHANNELS",
  "FENGHUO_TEMPLATES",
  "FENGHUO_OPEN_INTAKE",
  "FENGHUO_OPEN_METRICS",
  "FENGHUO_LOG",
  "OTEL_DENO", // the runtime reads these, too
  "OTEL_SDK_DISABLED",
  "OTEL_DENO_CONSOLE",
  "OTEL_TRACES_SAMPLER",
  "OTEL_TRACES_SAMPLER_ARG",
  "FENGHUO_OCP_USER",
  "FENGHUO_PROXIES",
  "FENGHUO_PROXY_USER_HEADER",
  "FENGHUO_PROXY_ROLE_HEADER",
  "FENGHUO_PROXY_ROLES",
  "FENGHUO_OIDC_ISSUER",
  "FENGHUO_OIDC_CLIENT_ID",
  "FENGHUO_OIDC_NAME",
  "FENGHUO_OIDC_SCOPES",
  "FENGHUO_OIDC_ROLE_CLAIM",
  "FENGHUO_OIDC_ROLES",
  "FENGHUO_PUBLIC_URL",
  "FENGHUO_TZ",
  "FENGHUO_LOCALE",
  "FENGHUO_ALARM_WAIT",
  "FENGHUO_ALARM_MAX_AGE",
  "FENGHUO_DELIVER",
  "DENO_DEPLOY",
  "DENO_TIMELINE",
  "DENO_KV_DEFAULT_PATH",
  "DENO_KV_ACCESS_TOKEN", // read by Deno.openKv, which needs the permission as well
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  ...SECRET_NAMES.flatMap(withFile),
];

/** A variable, and the one that may name a file with its value. */
export function withFile(name: string): [string, string] {
  return [name, `${name}_FILE`];
}

/** Reads variables. `denied`: those that this process has no permission to read; they count as unset. */
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
