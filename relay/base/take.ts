import { decodeTime } from "./ulid.ts";

/** Part of a list that is searched from one end. */
export interface Taken<T> {
  readonly taken: readonly T[];
  /** Where to go on: behind the one of this id; `undefined` at the end. */
  readonly next?: string;
  /** The time was over, with alerts of this moment: there may be more beyond. */
  readonly lookedTo?: number;
}

/** Take as many of a list as are wanted, or as its time allows. `idOf`: ids that begin with a time, in the order of the list. */
export async function take<T>(
  list: AsyncIterable<T>,
  { idOf, isWanted, limit, budget }: {
    idOf: (one: T) => string;
    isWanted: (one: T) => boolean;
    limit: number;
    /** Milliseconds. */
    budget: number;
  },
): Promise<Taken<T>> {
  const end = performance.now() + budget;
  const taken: T[] = [];
  let last: string | undefined;
  for await (const one of list) {
    if (taken.length === limit) return { taken, next: idOf(taken.at(-1)!) };
    if (last !== undefined && performance.now() > end) {
      return { taken, next: last, lookedTo: decodeTime(last.slice(0, 26)) };
    }
    last = idOf(one);
    if (isWanted(one)) taken.push(one);
  }
  return { taken };
}

/** The first ones of a list, at most so many. */
export async function firstOf<T>(list: AsyncIterable<T>, limit: number): Promise<T[]> {
  const found: T[] = [];
  if (limit === 0) return found;
  for await (const one of list) if (found.push(one) === limit) break;
  return found;
}
