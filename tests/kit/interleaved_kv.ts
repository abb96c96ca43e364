/** The latency of requests, and the planted faults of a writer: a missing check, a confused key. */
export interface InterleavedOptions {
  /** The number of event loop turns that the next request or answer takes. */
  readonly turns: () => number;
  /** Whether a check of this key is left out of an atomic. `written`: whether the atomic writes that key. */
  readonly skips?: (key: Deno.KvKey, written: boolean) => boolean;
  /** The key that is written instead of this one. */
  readonly instead?: (key: Deno.KvKey) => Deno.KvKey;
}

/** A database whose requests and answers take some turns of the event loop each, so that they overtake one another. */
export function interleaved(
  kv: Deno.Kv,
  { turns, skips = () => false, instead = (key) => key }: InterleavedOptions,
): Deno.Kv {
  const travel = async (): Promise<void> => {
    for (let left = turns(); left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
  };
  const remote = <T>(ask: () => Promise<T>) => async (): Promise<T> => {
    await travel();
    try {
      return await ask();
    } finally {
      await travel();
    }
  };
  const atomic = (): Deno.AtomicOperation => {
    const operation = kv.atomic();
    const checks: Deno.AtomicCheck[] = [];
    const written = new Set<string>();
    const made = {
      check: (...more: Deno.AtomicCheck[]) => (checks.push(...more), made),
      set: (key: Deno.KvKey, value: unknown, options?: { expireIn?: number }) => {
        written.add(String(key));
        operation.set(instead(key), value, options);
        return made;
      },
      delete: (key: Deno.KvKey) => {
        written.add(String(key));
        operation.delete(key);
        return made;
      },
      commit: remote(() => {
        operation.check(...checks.filter(({ key }) => !skips(key, written.has(String(key)))));
        return operation.commit();
      }),
    };
    return made as unknown as Deno.AtomicOperation;
  };
  return new Proxy(kv, {
    get(target, name): unknown {
      if (name === "atomic") return atomic;
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      if (name !== "get" && name !== "getMany" && name !== "set") return value.bind(target);
      return (...args: unknown[]) => remote(() => value.apply(target, args) as Promise<unknown>)();
    },
  });
}
