import type { OpenRow } from "../../store/open_table.ts";

/** The orders of a list: by severity and then the newest first, the newest first, or the oldest first. */
export const SORT_ORDERS = ["worst", "newest", "longest"] as const;

/** The order of a list. */
export type SortOrder = typeof SORT_ORDERS[number];

/** A page of a list. */
export interface OrderedPage {
  readonly rows: readonly OpenRow[];
  /** The position after which the next page begins, if there is one. */
  readonly next?: string;
}

/** A position: the severity that a row had on the previous page, and its id. */
const POSITION = /^([0-3])~(.+)$/;

/**
 * A page of rows in an order.
 *
 * @param rows the newest first
 * @param options `after`: the `next` of the previous page; any other text starts from the beginning
 */
export function pageOf(
  rows: readonly OpenRow[],
  { sort, limit, after = "" }: { sort: SortOrder; limit: number; after?: string | undefined },
): OrderedPage {
  const ordered = inOrder(rows, sort);
  const [, severity, id] = POSITION.exec(after) ?? [];
  const begins = id === undefined ? 0 : ordered.findIndex((row) => {
    if (sort === "longest") return row.id > id;
    if (sort === "newest" || row.severity === Number(severity)) return row.id < id;
    return row.severity > Number(severity);
  });
  const page = begins < 0 ? [] : ordered.slice(begins, begins + limit);
  const last = page.at(-1);
  const isMore = last !== undefined && begins + limit < ordered.length;
  return { rows: page, ...isMore && { next: `${last.severity}~${last.id}` } };
}

function inOrder(rows: readonly OpenRow[], sort: SortOrder): readonly OpenRow[] {
  if (sort === "newest") return rows;
  if (sort === "longest") return rows.toReversed();
  return [0, 1, 2, 3].flatMap((severity) => rows.filter((row) => row.severity === severity));
}
