/** Causes of causes are told so far. */
const MOST_CAUSES = 5;

/** What an error says, and each of its causes after it. It may tell secrets. */
export function wordsOf(error: unknown): string {
  const words: string[] = [];
  for (let next = error; next !== undefined && next !== null && words.length < MOST_CAUSES;) {
    const said = saidBy(next);
    if (said !== "" && !words.some((earlier) => earlier.includes(said))) words.push(said);
    next = next instanceof Error ? next.cause : undefined;
  }
  return words.join(": ");
}

/** The innermost cause says what happened ("Connection refused"); what stands around it repeats the address. */
export function reasonOf(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  // Deno writes the address in brackets, with a colon behind them.
  return saidBy(innermost).replace(/\(?\b[a-z][a-z0-9+.-]*:\/\/\S+?(?=:?(?:\s|$))/gi, "(address)");
}

/** What an error says itself. Where each address of a host was tried, it has no words but those of each try. */
function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isOfSeveral = error instanceof AggregateError && error.message === "";
  return isOfSeveral ? error.errors.map(saidBy).join("; ") : error.message;
}
