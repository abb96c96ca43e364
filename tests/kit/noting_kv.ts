/** A database that records the shortest `expireIn` of the written values into `kept`, by the key's first part. */
export function noting(kv: Deno.Kv, kept: Map<string, number>): Deno.Kv {
  const note = (key: Deno.KvKey, options?: { expireIn?: number }): void => {
    const name = String(key[0]);
    kept.set(name, Math.min(kept.get(name) ?? Infinity, options?.expireIn ?? Infinity));
  };
  return new Proxy(kv, {
    get(target, name): unknown {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (name === "set") note(args[0] as Deno.KvKey, args[2] as { expireIn?: number });
        const result = value.apply(target, args) as unknown;
        if (name !== "atomic") return result;
        const atomic = result as Deno.AtomicOperation;
        const set = atomic.set.bind(atomic);
        atomic.set = (key, content, options) => (note(key, options), set(key, content, options));
        return atomic;
      };
    },
  });
}
