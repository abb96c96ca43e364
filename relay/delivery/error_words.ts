/** The number of nested causes that are included. */
const MOST_CAUSES = 5;

/** The message of an error followed by those of its causes. It may contain secrets. */
export function wordsOf(error: unknown): string {
  const words: string[] = [];
  for (let next = error; next !== undefined && next !== null && words.length < MOST_CAUSES;) {
    const said = saidBy(next);
    if (said !== "" && !words.some((earlier) => earlier.includes(said))) words.push(said);
    next = next instanceof Error ? next.cause : undefined;
  }
  return words.join(": ");
}

/** The innermost cause, which contains the event ("Connection refused"); the outer ones repeat the address. */
export function reasonOf(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  // Deno writes the address in parentheses, followed by a colon.
  return saidBy(innermost).replace(/\(?\b[a-z][a-z0-9+.-]*:\/\/\S+?(?=:?(?:\s|$))/gi, "(address)");
}

/**
 * The error's own message; after several attempted addresses of a host, the messages of the attempts, because it has
 * none of its own.
 */
function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isOfSeveral = error instanceof AggregateError && error.message === "";
  return isOfSeveral ? error.errors.map(saidBy).join("; ") : error.message;
}
