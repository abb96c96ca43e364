import { guard } from "./guard.ts";

/** Entries that are read at a time. */
const ENTRIES = 500;

/** How a range is read. */
export interface PagesOptions {
  /** For the message when it cannot be: `read the log`. */
  readonly what: string;
  /** Milliseconds for one step. */
  readonly deadline: number;
  readonly limit?: number;
  /** How many are read first: few, where few may be enough. Default: as many as always. */
  readonly first?: number;
  readonly reverse?: boolean;
  /** Read on while what was read is looked at: for who surely reads to the end. */
  readonly ahead?: boolean;
}

/**
 * All entries of a range, some at a time: what is long is read with little memory, each step has its deadline, and others
 * get their turn in between.
 *
 * @throws StoreError
 */
export async function* pagesOf(
  kv: Deno.Kv,
  selector: Deno.KvListSelector,
  { what, deadline, limit = ENTRIES, first = limit, reverse = false, ahead = false }: PagesOptions,
): AsyncGenerator<Deno.KvEntry<unknown>[]> {
  const read = async (cursor?: string): Promise<Page> => {
    const most = cursor ? limit : first;
    const list = kv.list(selector, { limit: most, reverse, batchSize: most, ...cursor ? { cursor } : {} });
    const entries: Deno.KvEntry<unknown>[] = [];
    for await (const entry of list) entries.push(entry);
    return { entries, cursor: entries.length < most ? undefined : list.cursor };
  };
  let page: Page = await guard(what, read(), deadline);
  for (;;) {
    const { entries, cursor } = page;
    const next = ahead && cursor ? guard(what, read(cursor), deadline) : undefined;
    next?.catch(() => {}); // it is waited for below, unless nobody wants any more
    if (entries.length > 0) yield entries;
    if (!cursor) return;
    page = await (next ?? guard(what, read(cursor), deadline));
  }
}

interface Page {
  readonly entries: Deno.KvEntry<unknown>[];
  readonly cursor: string | undefined;
}
