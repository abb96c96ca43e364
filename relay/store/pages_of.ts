import { guard } from "./guard.ts";

/** Entries that are read at a time. */
const ENTRIES = 500;

/**
 * All entries of a range, some at a time: what is long is read with little memory, each step has its deadline, and others
 * get their turn in between.
 *
 * @throws StoreError
 */
export async function* pagesOf(
  kv: Deno.Kv,
  selector: Deno.KvListSelector,
  { what, deadline, limit = ENTRIES, reverse = false }: {
    what: string;
    deadline: number;
    limit?: number;
    reverse?: boolean;
  },
): AsyncGenerator<Deno.KvEntry<unknown>[]> {
  let cursor: string | undefined;
  do {
    const list = kv.list(selector, { limit, reverse, batchSize: limit, ...cursor ? { cursor } : {} });
    const read = async (): Promise<Deno.KvEntry<unknown>[]> => {
      const entries: Deno.KvEntry<unknown>[] = [];
      for await (const entry of list) entries.push(entry);
      return entries;
    };
    const entries = await guard(what, read(), deadline);
    if (entries.length > 0) yield entries;
    cursor = entries.length < limit ? undefined : list.cursor;
  } while (cursor);
}
