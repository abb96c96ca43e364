import { z } from "zod";
import { zhCN } from "zod/locales";
import type { Locale } from "../../relay/base/locale.ts";
import type { TextKey, Translate } from "../../relay/message/locale.ts";

/** Field → its error, in the reader's language. */
export type FieldErrors = Readonly<Record<string, string>>;

/** A form's parsed values and errors. `errors.form` belongs to no field. */
export type FormResult<T> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly errors: FieldErrors };

/**
 * A form's fields by a schema. A field that came several times, or whose name ends with `[]`, is an array.
 *
 * @param texts Field → a text that explains the field, if zod's message would not help.
 */
export function parseForm<S extends z.ZodType>(
  form: URLSearchParams,
  schema: S,
  { locale, t, texts = {} }: { locale: Locale; t: Translate; texts?: Readonly<Record<string, TextKey>> },
): FormResult<z.output<S>> {
  const values: Record<string, string | string[]> = {};
  for (const name of new Set(form.keys())) {
    const all = form.getAll(name);
    if (name.endsWith("[]")) values[name.slice(0, -2)] = all;
    else values[name] = all.length > 1 ? all : all[0]!;
  }
  const parsed = schema.safeParse(values, locale === "zh" ? { error: zhCN().localeError } : {});
  if (parsed.success) return { ok: true, data: parsed.data };
  const errors: Record<string, string> = {};
  for (const { path, message } of parsed.error.issues) {
    const field = String(path[0] ?? "form");
    errors[field] ??= Object.hasOwn(texts, field) ? t(texts[field]!) : message;
  }
  return { ok: false, errors };
}
