/** Any origin: it only reveals whether an address leaves it. */
const HERE = "http://here.invalid";

/** An address of this relay as a path to return to; for any other address, `otherwise`. */
export function localPath(text: string | null | undefined, otherwise: string): string {
  if (!text?.startsWith("/")) return otherwise;
  const url = URL.parse(text, HERE);
  if (url?.origin !== HERE) return otherwise;
  // `/.//elsewhere.example` parses as a local path, but leads to another host once it is serialised.
  return url.pathname.startsWith("//") ? otherwise : url.pathname + url.search;
}
