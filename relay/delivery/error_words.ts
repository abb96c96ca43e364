/** Causes of causes are told so far. */
const MOST_CAUSES = 5;

/** What an error says, and each of its causes after it. It may tell secrets. */
export function wordsOf(error: unknown): string {
  const words: string[] = [];
  for (let next = error; next !== undefined && next !== null && words.length < MOST_CAUSES;) {
    const said = next instanceof Error ? next.message : String(next);
    if (said !== "" && !words.some((earlier) => earlier.includes(said))) words.push(said);
    next = next instanceof Error ? next.cause : undefined;
  }
  return words.join(": ");
}

/** The innermost cause says what happened ("Connection refused"); what stands around it repeats the address. */
export function reasonOf(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  const words = innermost instanceof Error ? innermost.message : String(innermost);
  return words.replace(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, "(address)");
}
