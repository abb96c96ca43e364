/** Results that are too large for the database: they must not block their lane. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { testRelay } from "../../kit/relay.ts";

/** A database with smaller limits than the real one: of mutations in one atomic, and of bytes in a value. */
function narrow(
  kv: Deno.Kv,
  { mutations: most = Infinity, bytes = Infinity }: { mutations?: number; bytes?: number },
): { kv: Deno.Kv; refused: () => number } {
  let refused = 0;
  const wrap = (operation: Deno.AtomicOperation): Deno.AtomicOperation => {
    let mutations = 0;
    let isTooLarge = false;
    const wrapped: Deno.AtomicOperation = new Proxy(operation, {
      get(target, name): unknown {
        if (name === "commit") {
          return () => {
            if (mutations <= most && !isTooLarge) return target.commit();
            refused++;
            const words = isTooLarge
              ? `Value too large (max ${bytes} bytes)`
              : `Too many mutations (max ${most})`;
            return Promise.reject(new TypeError(words));
          };
        }
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          method.apply(target, args);
          if (name !== "check") mutations++;
          if (name === "set" && args[1] instanceof Uint8Array) isTooLarge ||= args[1].length > bytes;
          return wrapped;
        };
      },
    });
    return wrapped;
  };
  const narrowed = new Proxy(kv, {
    get(target, name): unknown {
      if (name === "atomic") return () => wrap(target.atomic());
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { kv: narrowed, refused: () => refused };
}

Deno.test("results that are too many for one commit are written in smaller ones, and sent once", async () => {
  using real = await Deno.openKv(":memory:");
  await using sink = await startSink();
  const { kv, refused } = narrow(real, { mutations: 20 });
  await using house = await testRelay({
    kv,
    yaml: `
groups:
  - owner: default
    level: default
    destinations:
      - { channel: webhook, config: { url: "${sink.url}" } }`,
  });
  const answers = await Promise.all(Array.from({ length: 40 }, async (_, number) => {
    const response = await house.post({ labels: { instance: `db-${number}` } });
    await response.body?.cancel();
    return response.status;
  }));
  equal(new Set(answers), new Set([200]));
  await house.settle();
  ok(refused() > 0, "no commit was too large: the test shows nothing");
  const sent = sink.bodies.flatMap((body) => (body as { data: { alerts: unknown[] } }).data.alerts);
  equal(sent.length, 40);
  const { body } = await api(house, "GET", "ledger?from=1h&verify=1");
  equal([body.addsUp, body.verified.agrees], [true, true]);
});

for (
  const [record, bytes, least] of [["its delivery's record", 9_000, 10], [
    "its progress",
    10_500,
    50,
  ]] as const
) {
  Deno.test(`a message to more recipients than ${record} holds ends, says so, and goes to nobody twice`, async () => {
    using real = await Deno.openKv(":memory:");
    const { kv, refused } = narrow(real, { bytes });
    const keys: string[] = [];
    await using vendor = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      async (request) => {
        keys.push((await request.json()).device_key);
        return Response.json({ code: 200, message: "success" });
      },
    );
    const ids = Array.from({ length: 180 }, (_, number) => `${"m".repeat(56)}-${number}`);
    await using house = await testRelay({
      kv,
      yaml: `
members:
${ids.map((id, number) => `  - { id: ${id}, bark: key-${number} }`).join("\n")}
groups:
  - owner: default
    level: default
    members: [${ids.join(", ")}]
    destinations:
      - { channel: bark, config: { base: "http://127.0.0.1:${vendor.addr.port}" } }`,
    });
    await (await house.post({ labels: { instance: "db-1" } })).body?.cancel();
    await house.settle();
    ok(refused() > 0, "no commit was too large: the test shows nothing");
    equal(new Set(keys).size, keys.length);
    ok(keys.length > least && keys.length < 180, `${keys.length} of 180`);
    const { body: { deliveries: [delivery] } } = await api(house, "GET", "deliveries?state=delivered");
    match(delivery.because, /given up: the record of its recipients is too large$/);
    const { body } = await api(house, "GET", "ledger?from=1h&verify=1");
    equal([body.addsUp, body.verified.agrees], [true, true]);
  });
}
