import type { Complaint } from "./complaint.ts";
import { withoutLineEnd } from "./secret_text.ts";
import type { Environment } from "./settings.ts";

/** The secrets of the environment. Each may be in a file instead, which `NAME_FILE` names. */
export const SECRET_NAMES = [
  "FENGHUO_KEY",
  "FENGHUO_ADMIN_PASSWORD",
  "FENGHUO_INTAKE_TOKEN",
  "FENGHUO_OCP_PASSWORD",
] as const;

/** A secret is no longer than this; a file that is, was meant for something else. */
const MOST_BYTES = 16_384;

/** The names of the variables that stand as `${NAME}` in a text. */
export function namesIn(yaml: string): string[] {
  return [...new Set([...yaml.matchAll(/\$\{([A-Za-z_]\w*)\}/g)].map(([, name]) => name!))];
}

/**
 * The environment with the contents of files where `NAME_FILE` names one, as containers hand secrets over: of the
 * relay's own secrets, and of the variables that the configuration file refers to.
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
  if (size > MOST_BYTES) throw new Error(`it has ${size} bytes, and a secret at most ${MOST_BYTES}`);
  return await Deno.readTextFile(path);
}
