import { formsOf, FRAGMENT, plainForm, type SecretForms } from "./secret_forms.ts";

/** Replaces a secret. */
const HIDDEN = "***";

/**
 * Hides secrets in a text in all their spellings: raw, truncated, escaped for HTML, JSON or a URL (also nested), in
 * base64 or in hex. Redact before you truncate a text: a short rest of a secret is not recognised.
 */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = formsOf(secrets);
  if (text.length < forms.shortest) return text;
  if (forms.short.some((spelling) => text.includes(spelling))) return HIDDEN;
  return conceal(text, secrets);
}

/**
 * Like {@linkcode redact}, but keeps secrets that are so short that redaction would hide the whole text: for texts that a
 * program still has to parse.
 *
 * @param options `by`: the replacement of a secret
 */
export function conceal(
  text: string,
  secrets: readonly string[],
  { by = HIDDEN }: { by?: string } = {},
): string {
  const forms = formsOf(secrets);
  if (text.length < forms.shortest) return text;
  let result = text;
  for (const spelling of forms.exact) result = result.replaceAll(spelling, () => by);
  return withoutForms(result, forms, by);
}

/** A fast path for most answers: texts without a character that may belong to an escape. */
const SIMPLE = /^[\x20-\x24\x27-\x5b\x5d-\x7e]*$/;

function withoutForms(text: string, forms: SecretForms, by: string): string {
  if (text.length < FRAGMENT && SIMPLE.test(text)) {
    const plain = text.toLowerCase().replace(/[ +\-=]/g, "").replaceAll("_", "/");
    if (!forms.whole.some((form) => plain.includes(form))) return text;
  }
  const { text: plain, from, to } = plainForm(text);
  const spans = spansOf(plain, forms).map(([first, end]) => [from[first]!, to[end - 1]!] as const)
    .sort(([a], [b]) => a - b);
  let result = "";
  let done = 0;
  for (const [start, end] of spans) {
    if (start >= done && (start > done || result === "")) result += text.slice(done, start) + by;
    done = Math.max(done, end);
  }
  return result + text.slice(done);
}

/** The spans of a plain form that reveal a secret: the first unit, and the one after the last. */
function spansOf(plain: string, { whole, fragments }: SecretForms): [number, number][] {
  const spans: [number, number][] = [];
  for (const form of whole) {
    for (let at = plain.indexOf(form); at >= 0; at = plain.indexOf(form, at + 1)) {
      spans.push([at, at + form.length]);
    }
  }
  if (fragments.size === 0) return spans;
  for (let at = 0; at + FRAGMENT <= plain.length; at++) {
    if (fragments.has(plain.slice(at, at + FRAGMENT))) spans.push([at, at + FRAGMENT]);
  }
  return spans;
}

/** A JSON value with each of its strings concealed. */
export function concealJson(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === "string") return conceal(value, secrets);
  if (Array.isArray(value)) return value.map((part) => concealJson(part, secrets));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, concealJson(part, secrets)]));
}

/** The last URL for each list of secrets: most vendors have only one. */
const shown = new WeakMap<readonly string[], { readonly url: string; readonly shown: string }>();

/** A URL for display: without user, query and secrets. */
export function showUrl(url: string, secrets: readonly string[]): string {
  const last = shown.get(secrets);
  if (last?.url === url) return last.shown;
  const result = { url, shown: withoutSecrets(url, secrets) };
  shown.set(secrets, result);
  return result.shown;
}

function withoutSecrets(url: string, secrets: readonly string[]): string {
  const parsed = URL.parse(url);
  if (!parsed) return HIDDEN;
  // A webhook's address is itself a credential, except for its host.
  const isSecret = secrets.some((secret) => URL.parse(secret)?.href === parsed.href);
  return isSecret ? `${parsed.origin}/${HIDDEN}` : redact(parsed.origin + parsed.pathname, secrets);
}
