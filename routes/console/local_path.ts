/** Any origin: only whether it is left matters. */
const HERE = "http://here.invalid";

/** An address of this relay's, as a path to come back to; anything that leads elsewhere is `otherwise`. */
export function localPath(text: string | null | undefined, otherwise: string): string {
  if (!text?.startsWith("/")) return otherwise;
  const url = URL.parse(text, HERE);
  if (url?.origin !== HERE) return otherwise;
  // `/.//elsewhere.example` stays here while it is parsed, and leads away once it is written.
  return url.pathname.startsWith("//") ? otherwise : url.pathname + url.search;
}
