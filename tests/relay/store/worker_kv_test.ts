import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { connectByWorker } from "../../../relay/store/connector.ts";
import type { Kv } from "../../../relay/store/kv.ts";
import { WorkerKv } from "../../../relay/store/worker_kv.ts";
import { eventually } from "../../kit/eventually.ts";
import { KV_STORE, startTestKv } from "../../kit/kv_connect.ts";
import { KV_TOKEN, type KvConnect } from "../../../simulator/kv_connect.ts";

Deno.env.set("DENO_KV_ACCESS_TOKEN", KV_TOKEN);

/** A database, and a client of it in an isolate of its own. */
async function withKv(test: (kv: WorkerKv, proxy: KvConnect) => Promise<void>): Promise<void> {
  await using proxy = await startTestKv(KV_STORE);
  const kv = new WorkerKv({ lost: () => {} });
  try {
    await kv.open(proxy.urlOf());
    await test(kv, proxy);
  } finally {
    kv.end();
  }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test(`a client in an isolate of its own does what Deno's does (${KV_STORE})`, () =>
  withKv(async (kv) => {
    await kv.set(["a", 1], bytes("one"));
    const { key, value, versionstamp } = await kv.get(["a", 1]);
    equal([key, value], [["a", 1], bytes("one")]);
    equal(await kv.get(["none"]), { key: ["none"], value: null, versionstamp: null });

    const stale = kv.atomic().check({ key: ["a", 1], versionstamp: null }).set(["a", 2], true);
    equal((await stale.commit()).ok, false);
    const result = await kv.atomic().check({ key: ["a", 1], versionstamp })
      .set(["a", 2], bytes("two")).set(["a", 3], true, { expireIn: 60_000 }).delete(["a", 1]).commit();
    ok(result.ok);
    const entries = await kv.getMany([["a", 1], ["a", 2], ["a", 3]]);
    equal(entries.map(({ value }) => value), [null, bytes("two"), true]);
    equal(entries[1]!.versionstamp, result.versionstamp);
    await kv.delete(["a", 2]);

    for (const letter of "bcde") await kv.set(["list", letter], letter);
    const page = { limit: 3, batchSize: 3, reverse: false };
    const first = kv.list({ prefix: ["list"] }, page);
    equal((await Array.fromAsync(first)).map(({ value }) => value), ["b", "c", "d"]);
    const second = kv.list({ prefix: ["list"] }, { ...page, cursor: first.cursor });
    equal((await Array.fromAsync(second)).map(({ value }) => value), ["e"]);

    await rejects(kv.set(["big"], new Uint8Array(70_000)), /too large/);
  }));

Deno.test(`a watch tells of each change until it is cancelled, or its client ends (${KV_STORE})`, () =>
  withKv(async (kv) => {
    const reader = kv.watch([["w"], ["x"]]).getReader();
    const next = async (): Promise<unknown[]> => (await reader.read()).value!.map(({ value }) => value);
    equal(await next(), [null, null]);
    await kv.set(["w"], "changed");
    equal(await next(), ["changed", null]);
    await reader.cancel();
    const other = kv.watch([["w"]]).getReader();
    await other.read();
    kv.end("given up");
    await rejects(other.read(), { name: "ConnectionEnded", message: "given up" });
  }));

for (const kind of ["hang", "5xx_before"] as const) {
  Deno.test(`what a client asked ends with it: ${kind} (${KV_STORE})`, () =>
    withKv(async (kv, proxy) => {
      await kv.get(["a"]); // it knows all that it needs to send the next request
      proxy.fault({ kind });
      const asked = Array.from({ length: 20 }, (_, at) => kv.set(["asked", at], true));
      const failed = Promise.all(asked.map((one) => rejects(one, { name: "ConnectionEnded" })));
      await eventually("the requests to arrive", () => proxy.counters().writes >= 20);
      kv.end();
      await failed;
      await rejects(kv.get(["a"]), { name: "ConnectionEnded" });
      proxy.heal();
      // A client that retried would have done so by now: Deno's waits for 300 ms at most.
      const other = connectByWorker(proxy.urlOf()).connect(() => {});
      const later: Kv = await other.opened;
      proxy.resetCounters();
      for (let look = 0; look < 10; look++) {
        await later.get(["asked", 0]);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      equal(proxy.counters().writes, 0);
      other.end();
    }));
}

Deno.test("a server that refuses a connection is an error, with what it says", async () => {
  await using proxy = await startTestKv("own store");
  proxy.fault({ kind: "5xx_before" });
  const { opened, end } = connectByWorker(proxy.urlOf()).connect(() => {});
  await rejects(opened, (error: Error) => {
    match(error.message, /503/);
    return true;
  });
  end();
});
