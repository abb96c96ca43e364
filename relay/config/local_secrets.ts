import { restrictMode } from "../store/private_files.ts";
import { weaknessOf } from "./secret_text.ts";
import type { Secrets } from "./settings.ts";

/** Where a local start keeps the secrets that it makes. */
export const SECRETS_PATH = "./data/secrets.json";

/**
 * The secrets of a local start: made at the first one, kept for the owner's eyes, and read again by later ones.
 *
 * @param path Such as `data/secrets.json`; its folder is made.
 */
export async function ensureLocalSecrets(path: string): Promise<Secrets> {
  const kept = await readLocalSecrets(path);
  const exposed = await restrictMode(path, 0o600); // it may have been copied here, readable by all
  if (exposed !== undefined) throw new Error(exposed);
  for (const [name, secret] of Object.entries(kept)) {
    const weakness = weaknessOf(String(secret));
    if (weakness !== undefined) throw new Error(`Cannot use "${path}": ${name} ${weakness}`);
  }
  if (kept.key && kept.adminPassword && kept.intakeToken) return kept as Secrets;
  const secrets: Secrets = { key: random(32), adminPassword: random(12), intakeToken: random(18), ...kept };
  await keep(secrets, path).catch((error) => {
    throw explained(`Cannot keep the secrets that this start made in "${path}"`, error);
  });
  return secrets;
}

async function keep(secrets: Secrets, path: string): Promise<void> {
  await Deno.mkdir(path.replace(/[^/]*$/, "") || ".", { recursive: true, mode: 0o700 });
  // Beside, then renamed: a crash in between leaves no half file, and nobody reads it before its mode is set.
  const fresh = `${path}.new`;
  await Deno.writeTextFile(fresh, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await Deno.rename(fresh, path);
}

function explained(action: string, error: unknown): Error {
  const words = error instanceof Error ? error.message : String(error);
  const cure = "let the relay's user read and write it and its folder, or set FENGHUO_KEY, " +
    "FENGHUO_ADMIN_PASSWORD and FENGHUO_INTAKE_TOKEN";
  return new Error(`${action}: ${words}; ${cure}`, { cause: error });
}

/** The secrets that an earlier start made; empty when there was none. @throws Error when the file is not readable */
export async function readLocalSecrets(path: string): Promise<Partial<Secrets>> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw explained(`Cannot read the secrets "${path}"`, error);
  }
  try {
    return JSON.parse(text) as Partial<Secrets>;
  } catch {
    throw new Error(`Cannot read "${path}": it is not JSON; mend it, or remove it to have new secrets made`);
  }
}

/** `bytes` random bytes, in letters that survive a shell, a URL and a YAML file unquoted. */
function random(bytes: number): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(bytes))))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
