/** A database whose watch never reports a change, as after a silently dropped connection. */
export function withoutWatch(kv: Deno.Kv): Deno.Kv {
  return new Proxy(kv, {
    get(target, name): unknown {
      if (name === "watch") return () => new ReadableStream();
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
