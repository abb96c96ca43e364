/** A page of a list that is held in memory, such as the groups of the configuration. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** How many there are in all, and how many match what was searched for. */
  readonly total: number;
  readonly found: number;
  /** What was searched for. */
  readonly search: string;
  /** The addresses of the pages before and after it. */
  readonly newer?: string;
  readonly older?: string;
}

/** Entries of a page, at most. */
const PAGE = 100;

/**
 * The page of a list that an address asks for: `?q=` searches in what `wordsOf` gives, in any letters; `?page=` counts from
 * 1.
 */
export function listPage<T>(
  all: readonly T[],
  { url, wordsOf, size = PAGE }: { url: string; wordsOf: (one: T) => Iterable<string>; size?: number },
): ListPage<T> {
  const { pathname, searchParams } = new URL(url);
  const search = (searchParams.get("q") ?? "").trim().slice(0, 100);
  const terms = search.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = terms.length === 0 ? all : all.filter((one) => {
    const text = [...wordsOf(one)].join("\n").toLowerCase();
    return terms.every((term) => text.includes(term));
  });
  const last = Math.max(1, Math.ceil(matching.length / size));
  const page = Math.min(last, Math.max(1, Number.parseInt(searchParams.get("page") ?? "1") || 1));
  const address = (number: number): string => {
    const query = new URLSearchParams({
      ...search && { q: search },
      ...number > 1 && { page: String(number) },
    });
    return query.size === 0 ? pathname : `${pathname}?${query}`;
  };
  return {
    items: matching.slice((page - 1) * size, page * size),
    total: all.length,
    found: matching.length,
    search,
    ...page > 1 && { newer: address(page - 1) },
    ...page < last && { older: address(page + 1) },
  };
}
