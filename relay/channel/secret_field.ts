/**
 * The field of a channel's config that holds a credential.
 *
 * @module
 */
import { z } from "zod";

/** Options of {@linkcode secret}. */
export interface SecretOptions {
  /** One sentence of help. */
  readonly description?: string;
  /** For a credential that the vendor shows inside an address: the part that is needed. A pasted address is refused. */
  readonly part?: string;
}

/**
 * Makes a config field for a credential: it never appears in a log, an error, a record, an answer or a page, in any
 * spelling. It owns the order of `.meta()` and `.optional()`, because a later `.optional()` hides an earlier `.meta()`.
 */
export function secret(
  title: string,
  options: SecretOptions & { optional: true },
): z.ZodOptional<z.ZodString>;
/** A required credential. */
export function secret(title: string, options?: SecretOptions): z.ZodString;
export function secret(
  title: string,
  { optional, part, ...help }: SecretOptions & { optional?: boolean } = {},
): z.ZodString | z.ZodOptional<z.ZodString> {
  const meta = { title, ...help, secret: true };
  let schema = z.string().min(1).refine((text) => !isVariable(text), { error: VARIABLE_HELP });
  if (part !== undefined) {
    schema = schema.refine((text) => !/^https?:/i.test(text.trim()), {
      error: `is a whole address: only ${part} belongs here`,
    });
  }
  schema = schema.meta(meta);
  return optional ? schema.optional().meta(meta) : schema;
}

/** Whether a text is an unreplaced variable, such as `$NAME` or `${NAME}`. */
export function isVariable(text: string): boolean {
  return /^\$(?:[A-Z][A-Z0-9_]*|\{[A-Za-z_]\w*\})$/.test(text);
}

/** The error message for a secret that is such a variable. */
export const VARIABLE_HELP =
  "is the name of a variable: only fenghuo.yaml reads them, as ${NAME} with braces; elsewhere write the value itself";
