import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { copyDatabase, schemaOf } from "../../../relay/store/copy.ts";
import { setSignature } from "../../../relay/store/signatures.ts";
import { noting } from "../../kit/noting_kv.ts";
import { testRelay } from "../../kit/relay.ts";

/** All records of a database, as text. */
async function recordsOf(kv: Deno.Kv): Promise<[string, string][]> {
  const records: [string, string][] = [];
  for await (const { key, value } of kv.list({ prefix: [] })) {
    records.push([
      JSON.stringify(key),
      value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value),
    ]);
  }
  return records;
}

Deno.test("a copy has every record of its origin, in a database of its own", async () => {
  await using house = await testRelay();
  for (let index = 0; index < 500; index++) await house.post({ labels: { instance: String(index) } });
  await house.settle();
  using copy = await Deno.openKv(":memory:");
  const { records, isConsistent } = await copyDatabase(house.kv, copy);
  const origin = await recordsOf(house.kv);
  equal([records, isConsistent], [origin.length, true]);
  equal(await recordsOf(copy), origin);
  equal(await schemaOf(copy), await schemaOf(house.kv));
});

Deno.test("a kind of record that always expires does so in a copy, and no other", async () => {
  using kv = await Deno.openKv(":memory:");
  using copy = await Deno.openKv(":memory:");
  const [origin, copied] = [new Map<string, number>(), new Map<string, number>()];
  await using house = await testRelay({ kv: noting(kv, origin) });
  await house.post({ labels: { instance: "over" } });
  await house.post({ status: "resolved", labels: { instance: "over" } });
  await house.post({ labels: { instance: "open" } });
  await house.settle();
  const atomic = noting(kv, origin).atomic();
  setSignature(atomic, { name: "signature", parameters: "parameters", at: house.clock.now() });
  await atomic.commit();
  await copyDatabase(kv, noting(copy, copied));
  const inPart = ["incident", "lane", "window"]; // some of their records expire
  const kinds = [...copied.keys()].filter((kind) => !inPart.includes(kind));
  const expiring = (kept: ReadonlyMap<string, number>): string[] =>
    kinds.filter((kind) => kept.get(kind)! < Infinity);
  equal(expiring(copied), expiring(origin));
  ok(expiring(copied).length > 5 && expiring(copied).length < kinds.length, expiring(copied).join());
});

Deno.test("an origin that changes while it is read is read again, and a copy that never settles says so", async () => {
  for (const [changes, settled] of [[2, true], [100, false]] as const) {
    using origin = await Deno.openKv(":memory:");
    await origin.set(["a"], new Uint8Array(1));
    await origin.set(["gone"], new Uint8Array(1));
    let left: number = changes;
    const changing = new Proxy(origin, {
      get(target, name): unknown {
        if (name !== "list") return Reflect.get(target, name).bind(target);
        return async function* (...args: Parameters<Deno.Kv["list"]>): AsyncGenerator<Deno.KvEntry<unknown>> {
          yield* target.list(...args);
          if (left-- > 0) await target.set(["a"], new Uint8Array(left));
          await target.delete(["gone"]);
        };
      },
    });
    using copy = await Deno.openKv(":memory:");
    equal((await copyDatabase(changing, copy)).isConsistent, settled);
    if (settled) equal(await recordsOf(copy), await recordsOf(origin));
    equal((await copy.get(["gone"])).value, null);
  }
});

Deno.test("records of another program are not taken for an empty database", async () => {
  using kv = await Deno.openKv(":memory:");
  equal(await schemaOf(kv), undefined);
  await kv.set(["theirs"], 1);
  await rejects(schemaOf(kv), /none of them is Fenghuo's/);
});
