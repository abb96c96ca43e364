import { decodeTime } from "./ulid.ts";

/** A page of matching items of a list. */
export interface Taken<T> {
  readonly taken: readonly T[];
  /** The id after which to continue; `undefined` at the end. */
  readonly next?: string;
  /** Set if the time limit was reached: the search got to alerts of this time. */
  readonly lookedTo?: number;
}

/** Collects matching items of a list, up to a limit or a time limit. `idOf`: ids that begin with a time, in the order of the list. */
export async function take<T>(
  list: AsyncIterable<T>,
  { idOf, isWanted, limit, budget }: {
    idOf: (one: T) => string;
    isWanted: (one: T) => boolean;
    limit: number;
    /** The time limit in milliseconds. */
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

/** The first items of a list, at most `limit`. */
export async function firstOf<T>(list: AsyncIterable<T>, limit: number): Promise<T[]> {
  const found: T[] = [];
  if (limit === 0) return found;
  for await (const one of list) if (found.push(one) === limit) break;
  return found;
}
