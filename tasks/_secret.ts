import { complaintText, type SECRET_NAMES, withSecretFiles } from "../relay/config/mod.ts";

/** A secret as the relay would read it: of the environment, or of the file that `NAME_FILE` names. @throws Error when that is not readable */
export async function secretOf(name: typeof SECRET_NAMES[number]): Promise<string | undefined> {
  const variables = { [name]: Deno.env.get(name), [`${name}_FILE`]: Deno.env.get(`${name}_FILE`) };
  const { env, complaints } = await withSecretFiles(variables);
  if (complaints.length > 0) throw new Error(complaints.map(complaintText).join("\n"));
  return env[name];
}
