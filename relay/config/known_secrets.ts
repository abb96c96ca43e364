import type { Config } from "./config.ts";

/** Every secret of a configuration, to redact a text that may contain any of them. */
export function knownSecrets(config: Config): readonly string[] {
  return [
    config.key,
    config.adminPassword,
    config.intakeToken,
    config.ocp.password ?? "",
    config.metrics.token ?? "",
    config.oidc?.clientSecret ?? "",
    ...config.heartbeatUrls,
    ...config.departments.values().flatMap(({ secrets }) => secrets),
    ...config.robots.flatMap(({ token, secret }) => [token, secret ?? ""]),
    ...config.doors.values().flatMap(({ auth, type }) => [
      typeof auth === "object" ? "token" in auth ? auth.token : auth.hmac.secret : "",
      ...type !== undefined && "secrets" in type ? type.secrets : [],
    ]),
    ...config.groups.values().flatMap(({ destinations }) => destinations.flatMap(({ secrets }) => secrets)),
  ].filter((secret) => secret !== "");
}
