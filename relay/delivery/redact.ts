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
  // The longest first: one secret may be the beginning of another.
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    for (const spelling of spellings(secret)) {
      if (!result.includes(spelling)) continue;
      if (secret.length < SHORT) return HIDDEN;
      result = result.replaceAll(spelling, HIDDEN);
    }
  }
  return result;
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

/** A URL as it may be shown: no user, no query, no secrets. */
export function showUrl(url: string, secrets: readonly string[]): string {
  const parsed = URL.parse(url);
  if (!parsed) return HIDDEN;
  // A webhook's address is itself a credential, all of it but the host.
  const isSecret = secrets.some((secret) => URL.parse(secret)?.href === parsed.href);
  return isSecret ? `${parsed.origin}/${HIDDEN}` : redact(parsed.origin + parsed.pathname, secrets);
}
