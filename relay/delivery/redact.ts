/** Stands where a secret was. */
const HIDDEN = "***";

/** A shorter secret would black out ordinary words: a text that has it is hidden whole. */
const SHORT = 4;

/**
 * A text without its secrets, in whatever spelling: raw, percent-encoded (as a path, as a query, in lower-case hex) or
 * escaped in JSON.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let result = text;
  for (const { isShort, spelling } of spellingsOf(secrets)) {
    if (!result.includes(spelling)) continue;
    if (isShort) return HIDDEN;
    result = result.replaceAll(spelling, HIDDEN);
  }
  return result;
}

/** A way to write a secret. */
interface Spelling {
  readonly spelling: string;
  readonly isShort: boolean;
}

/** By the list itself: a destination keeps its own, and each of its messages asks twice. */
const known = new WeakMap<readonly string[], readonly Spelling[]>();

function spellingsOf(secrets: readonly string[]): readonly Spelling[] {
  let all = known.get(secrets);
  if (!all) {
    // The longest first: one secret may be the beginning of another.
    all = [...secrets].sort((a, b) => b.length - a.length).flatMap((secret) =>
      [...spellings(secret)].map((spelling) => ({ spelling, isShort: secret.length < SHORT }))
    );
    known.set(secrets, all);
  }
  return all;
}

function spellings(secret: string): Set<string> {
  if (secret === "") return new Set();
  const wellFormed = secret.toWellFormed();
  const encoded = [
    encodeURIComponent(wellFormed),
    encodeURI(wellFormed),
    new URLSearchParams({ "": wellFormed }).toString().slice(1),
    new URL(`http://x/?${wellFormed}`).search.slice(1),
  ];
  const lower = encoded.map((text) => text.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()));
  return new Set(
    [secret, JSON.stringify(secret).slice(1, -1), ...encoded, ...lower].filter((text) => text !== ""),
  );
}

/** The last address of each list of secrets: most vendors have only one. */
const shown = new WeakMap<readonly string[], { readonly url: string; readonly shown: string }>();

/** A URL as it may be shown: no user, no query, no secrets. */
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
  // A webhook's address is itself a credential, all of it but the host.
  const isSecret = secrets.some((secret) => URL.parse(secret)?.href === parsed.href);
  return isSecret ? `${parsed.origin}/${HIDDEN}` : redact(parsed.origin + parsed.pathname, secrets);
}
