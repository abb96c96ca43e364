import type { Complaint } from "./complaint.ts";
import { withoutLineEnd } from "./secret_text.ts";
import type { Environment } from "./settings.ts";

/** The secrets of the environment. `NAME_FILE` may name a file with the value of `NAME` instead. */
export const SECRET_NAMES = [
  "FENGHUO_KEY",
  "FENGHUO_ADMIN_PASSWORD",
  "FENGHUO_INTAKE_TOKEN",
  "FENGHUO_OCP_PASSWORD",
  "FENGHUO_METRICS_TOKEN",
  "FENGHUO_HEARTBEAT_URL",
  "FENGHUO_OIDC_CLIENT_SECRET",
] as const;

/** The maximum size of a secret's file: a larger one is some other file. */
const MAX_BYTES = 16_384;

/** The variables that a text refers to as `${NAME}`. */
export function namesIn(yaml: string): string[] {
  return [...new Set([...yaml.matchAll(/\$\{([A-Za-z_]\w*)\}/g)].map(([, name]) => name!))];
}

/**
 * The environment, completed with the files that `NAME_FILE` names, as containers pass secrets: for the relay's own secrets,
 * and for the variables that the configuration file refers to.
 */
export async function withSecretFiles(
  env: Environment,
  { yaml = "" }: { yaml?: string | undefined } = {},
): Promise<{ env: Environment; complaints: Complaint[] }> {
  const complaints: Complaint[] = [];
  const read: Record<string, string> = {};
  for (const name of new Set([...SECRET_NAMES, ...namesIn(yaml)])) {
    const file = `${name}_FILE`;
    const path = env[file];
    if (!path) continue;
    if (env[name]) {
      complaints.push({ path: file, message: `is set, and so is ${name}: set one of them` });
      continue;
    }
    try {
      const text = withoutLineEnd(await readSmall(path));
      if (text === "") complaints.push({ path: file, message: `names "${path}", which is empty` });
      read[name] = text;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      complaints.push({ path: file, message: `names "${path}", which cannot be read: ${why}` });
    }
  }
  return { env: { ...env, ...read }, complaints };
}

async function readSmall(path: string): Promise<string> {
  const { size } = await Deno.stat(path);
  if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, and a secret at most ${MAX_BYTES}`);
  return await Deno.readTextFile(path);
}
