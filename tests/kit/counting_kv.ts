/** The requests to a database. */
export interface Asked {
  reads: number;
  /** Entries that reads returned. */
  entries: number;
  writes: number;
  /** The keys of the reads and writes, each as text. */
  keys: string[];
}

/** A database that counts its requests, one for each batch as on a remote one. */
export function countingKv(kv: Deno.Kv): { kv: Deno.Kv; asked: Asked } {
  const asked: Asked = { reads: 0, entries: 0, writes: 0, keys: [] };
  const note = (what: string, keys: readonly unknown[]): void =>
    void asked.keys.push(`${what} ${JSON.stringify(keys)}`);
  const counted = new Proxy(kv, {
    get(target, name): unknown {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (name === "get" || name === "getMany") {
          asked.reads++;
          asked.entries += name === "get" ? 1 : (args[0] as unknown[]).length;
          note(name, [args[0]]);
        } else if (name === "set" || name === "delete") {
          asked.writes++;
          note(name, [args[0]]);
        }
        const result = value.apply(target, args) as unknown;
        if (name === "list") {
          const { batchSize = 100 } = (args[1] ?? {}) as { batchSize?: number };
          note("list", [args[0]]);
          const list = result as Deno.KvListIterator<unknown>;
          const next = list.next.bind(list);
          let count = 0;
          asked.reads++;
          list.next = async () => {
            const step = await next();
            if (step.done) return step;
            asked.entries++;
            if (count++ > 0 && count % batchSize === 1) asked.reads++;
            return step;
          };
          return list;
        }
        if (name === "atomic") {
          const atomic = result as Deno.AtomicOperation;
          const commit = atomic.commit.bind(atomic);
          const set = atomic.set.bind(atomic);
          atomic.set = (key, ...rest) => {
            note("atomic set", [key]);
            return set(key, ...rest);
          };
          atomic.commit = () => {
            asked.writes++;
            return commit();
          };
        }
        return result;
      };
    },
  });
  return { kv: counted, asked };
}
