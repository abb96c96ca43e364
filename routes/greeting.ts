import { type Config, hasSecrets } from "../relay/config/mod.ts";
import { VERSION } from "../relay/base/version.ts";
import { shellWord } from "./http/shell_word.ts";

/**
 * The output of a start: the relay's address, the sign-in, and a command that proves it works. A secret is shown only
 * when this machine made it; one from the environment belongs to another system.
 */
export function greeting(
  { address, config, env, secretsPath }: {
    address: Deno.NetAddr;
    config: Config;
    env: Readonly<Record<string, string | undefined>>;
    secretsPath: string;
  },
): string {
  const url = config.publicUrl ?? `http://localhost:${address.port}`;
  // The runtime exports the output, with the traces.
  const isExported = config.tracing !== undefined && env.OTEL_DENO_CONSOLE !== "ignore";
  const shown = (value: string, name: string): string => {
    const given = [name, `${name}_FILE`].find((variable) => env[variable]);
    if (given !== undefined) return `(as set in ${given})`;
    return isExported ? `(in ${secretsPath})` : value;
  };
  const token = env.FENGHUO_INTAKE_TOKEN || env.FENGHUO_INTAKE_TOKEN_FILE || isExported
    ? "$FENGHUO_INTAKE_TOKEN"
    : config.intakeToken;
  return [
    `Fenghuo 烽火 listens on ${url}/ (${hostOf(address)}:${address.port})`,
    "",
    `  version         ${VERSION}`,
    `  console         ${url}/`,
    `  user            admin`,
    `  admin password  ${shown(config.adminPassword, "FENGHUO_ADMIN_PASSWORD")}`,
    `  intake token    ${shown(config.intakeToken, "FENGHUO_INTAKE_TOKEN")}`,
    ...hasSecrets(env) ? [] : [`  kept in         ${secretsPath}`],
    "",
    "Send a first alert, then look into the inbox:",
    "",
    sampleCurl({ url, token }),
    "",
  ].join("\n");
}

function hostOf({ hostname }: Deno.NetAddr): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

/** A command that sends one alert, ready to paste. `path`: of the door, with the group to notify. */
export function sampleCurl(
  { url, token, path = "/webhook" }: { url: string; token: string; path?: string },
): string {
  const body = {
    alerts: [{
      status: "firing",
      labels: { alertname: "HelloFenghuo", severity: "warning", instance: "laptop" },
      annotations: { summary: "The first beacon is lit" },
    }],
  };
  const header = `Authorization: Bearer ${token}`;
  // The shell fills in a variable; a user's own token may contain characters that the shell would interpret.
  const shown = /["`\\\s]|.\$/.test(token) ? shellWord(header) : `"${header}"`;
  return `curl -X POST ${url}${path} -H ${shown} \\\n  -d '${JSON.stringify(body)}'`;
}
