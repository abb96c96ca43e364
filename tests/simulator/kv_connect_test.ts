/** The KV Connect proxy as Deno's own client sees it, over its own store and over a real `denokv` server. */
import { deepStrictEqual as equal, match, ok, rejects, throws } from "node:assert/strict";
import fc from "fast-check";
import { KV_FAULTS, type KvConnect, type KvFault, startKvConnect } from "../../simulator/kv_connect.ts";
import { eventually } from "../kit/eventually.ts";
import { DENOKV, openRemoteKv, startTestKv } from "../kit/kv_connect.ts";
import { temporaryFolder } from "../kit/process.ts";

const KEY = ["incident", "a"];

/** @returns a result that is the same on every database */
type Operation = (kv: Deno.Kv) => Promise<unknown>;

/** The outcome of an unanswered operation after a second, in which many would have been answered. */
const UNANSWERED = "unanswered";

/** A row: the fault, the result in Deno's client, and whether the write exists at the end. */
const ON_WRITES: readonly [fault: KvFault, outcome: string | RegExp, applied: boolean][] = [
  [{ kind: "5xx_before" }, "ok", true], // the client tries again
  [{ kind: "5xx_after" }, "refused", true], // its second try finds the first
  [{ kind: "late", delayMs: 0 }, "refused", true],
  [{ kind: "late", delayMs: 2_000 }, "ok", true], // the late one finds the second try
  [{ kind: "reset_before" }, "ok", true],
  [{ kind: "reset_after" }, "refused", true],
  [{ kind: "broken_body" }, /failed to decode response/, true],
  [{ kind: "short_body" }, /failed to read response body/, true],
  [{ kind: "429" }, /status=429/, false],
  [{ kind: "401" }, "ok", true], // the client exchanges metadata, and tries again
  [{ kind: "hang" }, UNANSWERED, false],
  [{ kind: "hang_after" }, UNANSWERED, true],
  [{ kind: "partition" }, UNANSWERED, false],
];

const ON_READS: readonly [fault: KvFault, outcome: string | RegExp][] = ON_WRITES.map(([fault, outcome]) =>
  [fault, outcome === "refused" ? "ok" : outcome] as const
);

for (const store of ["own store", "denokv"] as const) {
  /** A test of the proxy, skipped without `denokv`. */
  const test = (name: string, run: (proxy: KvConnect) => Promise<void>): void =>
    Deno.test({
      name: `${store}: ${name}`,
      ignore: store === "denokv" && DENOKV === undefined,
      fn: async () => {
        await using proxy = await startTestKv(store, { instances: ["a", "b"] });
        await run(proxy);
      },
    });

  for (const [fault, outcome, applied] of ON_WRITES) {
    const late = fault.delayMs === undefined ? "" : ` by ${fault.delayMs} ms`;
    test(`a write that meets ${fault.kind}${late} is ${outcome}, and is ${applied ? "" : "not "}there`, async (proxy) => {
      using kv = await opened(proxy, "a");
      using other = await opened(proxy, "b");
      proxy.fault(limited(fault, "write"));
      const commit = outcomeOf(kv.atomic().check({ key: KEY, versionstamp: null }).set(KEY, "new").commit());
      await assertOutcome(commit, outcome);
      equal((await other.get(KEY)).value, applied ? "new" : null);
      ok(proxy.counters("a").faults >= 1, "the fault met it");
      release(proxy);
      await commit;
      if (fault.kind !== "late") return;
      await eventually("the late write to be refused or to land", () => proxy.counters("a").writes >= 2);
      await eventually("one of the two to land", () => proxy.counters("a").landed === 1);
      await eventually("the other to be refused", () => proxy.counters("a").conflicts === 1);
    });
  }

  test("a read meets the same faults, and an answer that comes is right", async (proxy) => {
    using kv = await opened(proxy, "a");
    await kv.set(KEY, "old");
    for (const [fault, outcome] of ON_READS) {
      proxy.fault(limited(fault, "read"));
      const read = outcomeOf(kv.get(KEY).then(({ value }) => ({ ok: value === "old" })));
      await assertOutcome(read, outcome, fault.kind);
      release(proxy);
      await read;
    }
  });

  test("an instance that is cut off waits, the other works on, and after it the first sees what the other wrote", async (proxy) => {
    using kv = await opened(proxy, "a");
    using other = await opened(proxy, "b");
    const watch = kv.watch<[string]>([KEY]).getReader();
    equal((await watch.read()).value![0].value, null);
    proxy.fault({ kind: "partition", instance: "a" });
    const read = kv.get(KEY);
    await other.set(KEY, "from b");
    equal(await outcomeOf(read.then(() => ({ ok: true })), 300), UNANSWERED);
    proxy.heal();
    equal((await read).value, "from b");
    equal((await watch.read()).value![0].value, "from b");
    await watch.cancel();
  });

  test("a watch sees the writes of another instance, and goes on after it was broken off", async (proxy) => {
    using kv = await opened(proxy, "a");
    using other = await opened(proxy, "b");
    const watch = kv.watch<[string, string]>([KEY, ["absent"]]).getReader();
    equal((await watch.read()).value!.map(({ value }) => value), [null, null]);
    for (const word of ["one", "two", "three"]) {
      await other.set(KEY, word);
      equal((await watch.read()).value!.map(({ value }) => value), [word, null]);
      release(proxy);
    }
    await watch.cancel();
    ok(proxy.counters("a").watches >= 3);
  });

  test("a round trip takes as long as the latency says, at the instance that it is set for", async (proxy) => {
    using kv = await opened(proxy, "a");
    using other = await opened(proxy, "b");
    proxy.latency({ ms: 200, instance: "a" });
    equal(proxy.state().instances.a!.latency, { ms: 200, jitterMs: 0 });
    const began = performance.now();
    const slow = kv.get(KEY).then(() => "slow");
    equal(await Promise.race([slow, other.get(KEY).then(() => "quick")]), "quick");
    await slow;
    ok(performance.now() - began >= 195);
  });

  test("the counters tell requests by kind, entries, checks and mutations, and conflicts", async (proxy) => {
    using kv = await opened(proxy, "a");
    proxy.resetCounters();
    await kv.set(["n", 1], "x");
    await kv.atomic().check({ key: ["n", 1], versionstamp: null }).set(["n", 1], "y").commit();
    await kv.atomic().set(["n", 2], "y").delete(["n", 3]).commit();
    await Array.fromAsync(kv.list({ prefix: ["n"] }));
    await kv.getMany([["n", 1], ["n", 2], ["n", 3]]);
    const { bytesRead, bytesWritten, metadata: _, ...counters } = proxy.counters("a");
    equal(counters, {
      reads: 2,
      entries: 4,
      writes: 3,
      landed: 2,
      conflicts: 1,
      checks: 1,
      mutations: 4,
      watches: 0,
      faults: 0,
    });
    ok(bytesRead > 40 && bytesWritten > 40);
    equal(proxy.counters("b"), { ...proxy.counters("b"), reads: 0, writes: 0 });
  });

  test("what is over a limit of denokv is refused, and what is at it is taken", async (proxy) => {
    using kv = await opened(proxy, "a");
    await kv.set(["bytes"], new Uint8Array(65_536));
    equal((await kv.get<Uint8Array>(["bytes"])).value!.length, 65_536);
    const checked = (count: number): Promise<unknown> =>
      Array.from({ length: count }).reduce<Deno.AtomicOperation>(
        (atomic, _, at) => atomic.check({ key: ["absent", at], versionstamp: null }),
        kv.atomic().set(["checked"], count),
      ).commit();
    await checked(10);
    await rejects(checked(11), /status=400.*Too many checks/);
    equal((await kv.get(["checked"])).value, 10);
  });

  test("a wrong access token is refused", async (proxy) => {
    await rejects(openRemoteKv(proxy.urlOf("a"), "another-token-0"), /Invalid access token/);
  });
}

Deno.test("own store: any sequence of operations has the results that a local database has", async () => {
  await using proxy = await startKvConnect();
  using remote = await opened(proxy, "a");
  using local = await Deno.openKv(":memory:");
  const part = fc.oneof(
    fc.constantFrom("a", "b", "", "烽火", "\0"),
    fc.integer({ min: -300, max: 300 }),
    fc.boolean(),
    fc.uint8Array({ maxLength: 3 }),
    fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  );
  const key = fc.array(part, { minLength: 1, maxLength: 3 });
  const value = fc.oneof(
    fc.string(),
    fc.constant({ list: [1, "烽", null] }),
    fc.uint8Array({ maxLength: 9 }),
  );
  const sets = fc.array(fc.tuple(key, value), { maxLength: 3 });
  const operation = fc.oneof(
    sets.map((sets): Operation => async (kv) => {
      const atomic = sets.reduce((atomic, [key, value]) => atomic.set(key, value), kv.atomic());
      return (await atomic.commit()).ok;
    }),
    fc.tuple(key, value).map(([key, value]): Operation => async (kv) =>
      (await kv.atomic().check({ key, versionstamp: null }).set(key, value).commit()).ok
    ),
    key.map((key): Operation => (kv) => kv.delete(key)),
    fc.tuple(key, fc.boolean(), fc.integer({ min: 1, max: 6 })).map(
      ([key, reverse, limit]): Operation => async (kv) => {
        const entries = kv.list({ prefix: key.slice(1) }, { reverse, limit, batchSize: 2 });
        return (await Array.fromAsync(entries)).map(({ key, value }) => [key, value]);
      },
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 1, maxLength: 12 }), async (operations) => {
      for (const operation of operations) equal(await operation(remote), await operation(local));
    }),
    { numRuns: 40 },
  );
});

Deno.test("own store: a file keeps its keys and their versions across a restart", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/kv.db`;
  let versionstamp: string | null = null;
  {
    await using proxy = await startKvConnect({ path });
    using kv = await opened(proxy, "a");
    await kv.set(KEY, "kept");
    ({ versionstamp } = await kv.get(KEY));
  }
  await using proxy = await startKvConnect({ path });
  using kv = await opened(proxy, "a");
  equal((await kv.get(KEY)).value, "kept");
  ok((await kv.atomic().check({ key: KEY, versionstamp }).set(KEY, "newer").commit()).ok);
  ok((await kv.get(KEY)).versionstamp! > versionstamp!);
});

Deno.test("faults that happen by chance are the same for the same seed, and about their share", async () => {
  const met = async (seed: number): Promise<number[]> => {
    await using proxy = await startKvConnect({ seed });
    using kv = await opened(proxy, "a");
    proxy.fault({ kind: "429", on: "read", share: 0.3 });
    const outcomes: string[] = [];
    for (let at = 0; at < 100; at++) outcomes.push(await outcomeOf(kv.get(KEY).then(() => ({ ok: true }))));
    return outcomes.flatMap((outcome, at) => outcome === "ok" ? [] : at);
  };
  const [first, again, other] = [await met(7), await met(7), await met(8)];
  equal(again, first);
  ok(first.length > 15 && first.length < 45, `${first.length} of 100`);
  ok(first.join() !== other.join());
});

Deno.test("a fault ends after its requests or its seconds, or when it is healed", async () => {
  await using proxy = await startKvConnect();
  using kv = await opened(proxy, "a");
  proxy.fault({ kind: "429", on: "read", times: 2 });
  const outcomes = [];
  for (let at = 0; at < 3; at++) outcomes.push(await outcomeOf(kv.get(KEY).then(() => ({ ok: true }))));
  equal(outcomes.map((outcome) => outcome === "ok"), [false, false, true]);
  proxy.fault({ kind: "5xx_before", seconds: 0.01 });
  equal((await kv.get(KEY)).value, null);
  equal(proxy.state().faults, []);
  proxy.fault({ kind: "hang" });
  proxy.heal();
  equal((await kv.get(KEY)).value, null);
});

Deno.test("the control API sets faults and latency, shows the state, and says what is wrong with a request", async () => {
  await using proxy = await startKvConnect({ instances: ["a", "b"] });
  const ask = async (method: string, path: string, body?: unknown): Promise<[number, string]> => {
    const init = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const response = await fetch(`${proxy.control}${path}`, { method, ...init });
    return [response.status, await response.text()];
  };
  const fault = { kind: "5xx_after", on: "write", instance: "b", share: 0.5, times: 7, seconds: 9 };
  equal((await ask("POST", "/faults", fault))[0], 200);
  equal((await ask("PUT", "/latency", { ms: 30, jitterMs: 5 }))[0], 200);
  const state = JSON.parse((await ask("GET", "/"))[1]);
  equal(state.store, "own store");
  equal(state.faults, [{ ...fault, delayMs: 1_000 }]);
  equal(state.instances.b.latency, { ms: 30, jitterMs: 5 });
  equal(state.instances.a.url, proxy.urlOf("a"));
  equal(JSON.parse((await ask("DELETE", "/faults"))[1]), { faults: [] });
  equal(Object.keys(JSON.parse((await ask("GET", "/faults"))[1]).kinds), Object.keys(KV_FAULTS));

  for (
    const [method, path, body, status, says] of [
      ["POST", "/faults", { kind: "bang" }, 400, /kind: Invalid option/],
      ["POST", "/faults", { kind: "hang", seconds: 1e9 }, 400, /seconds: Too big/],
      ["POST", "/faults", { kind: "hang", minutes: 1 }, 400, /minutes/],
      ["POST", "/faults", { kind: "hang", instance: "z" }, 400, /no instance \\"z\\"; there is a, b/],
      ["POST", "/faults", { kind: "partition", on: "read" }, 400, /takes no on and no share/],
      ["POST", "/faults", "{", 400, /not JSON/],
      ["POST", "/faults", "null", 400, /expected object/],
      ["PUT", "/latency", { ms: -1 }, 400, /ms: Too small/],
      ["PUT", "/latency", { ms: 1, instance: "z" }, 400, /no instance/],
      ["GET", "/nothing", undefined, 404, /There is no GET \/nothing/],
    ] as const
  ) {
    const [got, text] = await ask(method, path, body);
    equal(got, status, text);
    match(text, says);
  }
  equal(proxy.state().faults, []);
  throws(() => proxy.urlOf("z"), /no instance "z"/);
});

Deno.test("the client of this Deno speaks version 3 of the protocol", async () => {
  await using proxy = await startKvConnect();
  using _ = await openRemoteKv(proxy.urlOf());
  equal(proxy.state().instances.a!.protocol, 3);
});

/** Opened, and done with the metadata exchange that follows in the background. */
async function opened(proxy: KvConnect, instance: string): Promise<Deno.Kv> {
  const kv = await openRemoteKv(proxy.urlOf(instance));
  await kv.get(["nothing"]);
  return kv;
}

/** One request meets it; a partition ends by itself. */
function limited(fault: KvFault, on: "read" | "write"): KvFault {
  return fault.kind === "partition" ? { ...fault, instance: "a" } : { ...fault, on, instance: "a", times: 1 };
}

/** Breaks the connections, so that the client repeats the hanging requests. */
function release(proxy: KvConnect): void {
  proxy.heal();
  proxy.fault({ kind: "partition", instance: "a" });
  proxy.heal();
}

/** `ok`, `refused`, the words of an error, or that nothing was answered for so long. */
async function outcomeOf(operation: Promise<{ ok: boolean }>, within = 60_000): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<string>((resolve) => timer = setTimeout(() => resolve(UNANSWERED), within));
  const outcome = operation.then(({ ok }) => ok ? "ok" : "refused", (error) => String(error));
  return await Promise.race([outcome, silence]).finally(() => clearTimeout(timer));
}

async function assertOutcome(operation: Promise<string>, outcome: string | RegExp, what = ""): Promise<void> {
  const came = outcome === UNANSWERED
    ? await outcomeOf(operation.then(() => ({ ok: true })), 700)
    : await operation;
  if (typeof outcome === "string") equal(came, outcome, what);
  else match(came, outcome, what);
}
