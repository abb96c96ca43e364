/** The number of items in progress at a time. */
const PIECE = 20;

/** Maps items with an asynchronous function, a few at a time, in order. Rejects with the first failure. */
export async function inPieces<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += PIECE) {
    results.push(...await Promise.all(items.slice(from, from + PIECE).map(work)));
  }
  return results;
}
