import { MASK } from "../../../relay/config/mod.ts";
import { seal, unseal } from "../../../relay/base/seal.ts";

/** Secrets that a form has already, by the names of their fields: marks of those that are stored, or what was typed before. */
export type KeptSecrets = ReadonlyMap<string, readonly string[]>;

/** Who seals, and for whom. */
export interface KeptOptions {
  /** `FENGHUO_KEY` */
  readonly key: string;
  /** Whose form it is: nobody else's form opens what is sealed in it. */
  readonly who: string;
}

/**
 * What stands in a form for a secret, so that it need not be typed again when the form comes back with a mistake: the mark of
 * one that is stored; of one that is not, the sealed text, which only the relay can open.
 */
export async function keptValue(secret: string, { key, who }: KeptOptions): Promise<string> {
  return secret.startsWith(MASK) ? secret : await seal(secret, { key, place: `form ${who}` });
}

/** The secrets that a form brought back. */
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
