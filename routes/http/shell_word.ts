/** A word as a shell takes it, in a line to paste. */
export function shellWord(word: string): string {
  return /^[\w.@:/+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
