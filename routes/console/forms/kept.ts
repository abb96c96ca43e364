import { MASK } from "../../../relay/config/mod.ts";
import { seal, unseal } from "../../../relay/base/seal.ts";

/** The secrets that a form already has, by field name: marks of stored ones, or values that were typed before. */
export type KeptSecrets = ReadonlyMap<string, readonly string[]>;

/** The key that seals, and the account that it seals for. */
export interface KeptOptions {
  /** `FENGHUO_KEY` */
  readonly key: string;
  /** The account: a form of another account cannot open its sealed values. */
  readonly who: string;
}

/**
 * The value that represents a secret in a form, so that it need not be typed again when the form is shown with an error:
 * the mark of a stored secret; for an unsaved one, the sealed text, which only the relay can open.
 */
export async function keptValue(secret: string, { key, who }: KeptOptions): Promise<string> {
  return secret.startsWith(MASK) ? secret : await seal(secret, { key, place: `form ${who}` });
}

/** The secrets in a submitted form. */
export async function keptIn(form: URLSearchParams, { key, who }: KeptOptions): Promise<KeptSecrets> {
  const kept = new Map<string, string[]>();
  for (const [name, value] of form) {
    if (!name.startsWith("kept:") || value === "") continue;
    const secret = value.startsWith(MASK) ? value : await unseal(value, { key, place: `form ${who}` });
    if (secret === undefined) continue;
    const field = name.slice("kept:".length);
    kept.set(field, [...kept.get(field) ?? [], secret]);
  }
  return kept;
}
