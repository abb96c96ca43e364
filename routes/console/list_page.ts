/** A page of a list that is held in memory, such as the groups of the configuration. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** The total, and the number of matches. */
  readonly total: number;
  readonly found: number;
  /** The searched text. */
  readonly search: string;
  /** The addresses of the previous and the next page. */
  readonly newer?: string;
  readonly older?: string;
}

/** The most entries of a page. */
const PAGE = 100;

/**
 * The requested page of a list: `?q=` searches the result of `wordsOf` without regard to case; `?page=` counts from
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
