import { readLocalSecrets, SECRETS_PATH } from "../relay/config/local_secrets.ts";
import { complaintText, type SECRET_NAMES, type Secrets, withSecretFiles } from "../relay/config/mod.ts";

type SecretName = typeof SECRET_NAMES[number];

/** The names of the secrets that a local start creates. */
const KEPT: Partial<Record<SecretName, keyof Secrets>> = {
  FENGHUO_KEY: "key",
  FENGHUO_ADMIN_PASSWORD: "adminPassword",
  FENGHUO_INTAKE_TOKEN: "intakeToken",
};

/**
 * A secret, read like a relay in this folder does: from the environment, from the file that `NAME_FILE` names, or
 * from the secrets that its first start created.
 *
 * @throws Error when a file cannot be read
 */
export async function secretOf(name: SecretName): Promise<string | undefined> {
  const variables = { [name]: Deno.env.get(name), [`${name}_FILE`]: Deno.env.get(`${name}_FILE`) };
  const { env, complaints } = await withSecretFiles(variables);
  if (complaints.length > 0) throw new Error(complaints.map(complaintText).join("\n"));
  if (env[name]) return env[name]; // an empty variable counts as not set
  const kept = KEPT[name];
  return kept && (await readLocalSecrets(SECRETS_PATH))[kept];
}
