import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { systemClock } from "../../../relay/base/clock.ts";
import type { PreparedAlert } from "../../../relay/intake/pipeline.ts";
import { Writer } from "../../../relay/intake/writer.ts";
import { StoreError } from "../../../relay/store/errors.ts";
import { openStore, type Store } from "../../../relay/store/store.ts";
import { alert, destination, group } from "../../kit/domain.ts";
import { faultyKv } from "../../kit/faulty_kv.ts";
import { interleaved } from "../../kit/interleaved_kv.ts";

const retention = { alerts: 1_000_000_000, dead: 1_000_000_000, audit: 86_400_000 };
const ops = group({ destinations: [destination("ops/default/one")] });

function intake(fingerprint: string, status: "firing" | "resolved" = "firing"): PreparedAlert {
  return {
    fingerprint,
    payload: "p",
    now: Date.now(),
    routes: [{ group: ops, by: "named" }],
    alert: alert({ status }),
  };
}

function many(name: string, count: number): PreparedAlert[] {
  return Array.from({ length: count }, (_, index) => intake(`${name}${index}`));
}

/** A writer's requests to its database. */
interface Asked {
  commits: number;
  reads: number;
}

async function opened(kv: Deno.Kv, { exclusive = false } = {}): Promise<
  { writer: Writer; store: Store; asked: Asked; faulty: ReturnType<typeof faultyKv> }
> {
  const faulty = faultyKv(kv);
  const store = await openStore(faulty.kv, { exclusive, clock: systemClock, key: "k", retention });
  const writer = new Writer(store, { staleAfter: 1_000_000, clock: systemClock, patience: 60_000 });
  const asked: Asked = { commits: 0, reads: 0 };
  faulty.onCommit = () => void asked.commits++;
  faulty.onRead = () => void asked.reads++;
  return { writer, store, asked, faulty };
}

/** The requests during `work`. */
async function costOf(asked: Asked, work: () => Promise<unknown>): Promise<Asked> {
  Object.assign(asked, { commits: 0, reads: 0 });
  await work();
  return { ...asked };
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "a local file" : "a shared database";

  Deno.test(`on ${store} an alert behind a payload of 1,000 waits for the commits under way and one more`, async () => {
    const kv = await Deno.openKv(":memory:");
    const { writer, store, asked } = await opened(kv, { exclusive });
    const large = writer.append(many("large", 1_000), { bytes: 1 });
    const { concurrency } = store.journal;
    let before = 0;
    await writer.append([intake("lone")], { bytes: 1 }).then(() => before = asked.commits);
    await large;
    // By its answer, the commits behind it have begun.
    ok(before <= 2 * concurrency + 1, `${before} commits began before the answer`);
    kv.close();
  });

  Deno.test(`on ${store} no payload waits until others that came before it are done`, async () => {
    const kv = await Deno.openKv(":memory:");
    const { writer, store, asked } = await opened(kv, { exclusive });
    const payloads = 20;
    const large = Array.from({ length: payloads }, (_, index) => {
      return writer.append(many(`${index}-`, 100), { bytes: 1 });
    });
    let before = 0;
    await writer.append([intake("lone")], { bytes: 1 }).then(() => before = asked.commits);
    await Promise.all(large);
    // One alert of each payload in turns: they need so many commits, on a local file one.
    const turns = Math.ceil((payloads + 1) / store.journal.fingerprints);
    ok(before <= 2 * store.journal.concurrency + turns, `${before} commits began before the answer`);
    kv.close();
  });
}

Deno.test("several commits are under way at once on a shared database, never two of one fingerprint", async () => {
  const real = await Deno.openKv(":memory:");
  const kv = interleaved(real, { turns: () => 3 });
  const store = await openStore(kv, { exclusive: false, clock: systemClock, key: "k", retention });
  const writer = new Writer(store, { staleAfter: 1_000_000, clock: systemClock, patience: 60_000 });
  const underWay = new Set<string>();
  let most = 0;
  let ofOne = 0;
  let commits = 0;
  const all = Promise.withResolvers<void>();
  const append = store.journal.append.bind(store.journal);
  store.journal.append = async (commit, latest) => {
    const fingerprints = [...commit.incidents.keys()];
    ofOne += fingerprints.filter((one) => underWay.has(one)).length;
    for (const one of fingerprints) underWay.add(one);
    most = Math.max(most, ++commits);
    if (commits === store.journal.concurrency) all.resolve();
    await all.promise;
    const outcome = await append(commit, latest);
    for (const one of fingerprints) underWay.delete(one);
    commits--;
    return outcome;
  };
  await Promise.all([
    ...Array.from({ length: 3 }, () => writer.append(many("f", 200), { bytes: 1 })),
    ...Array.from({ length: 60 }, (_, index) => writer.append([intake(`f${index}`)], { bytes: 1 })),
  ]);
  equal([most, ofOne], [store.journal.concurrency, 0]);
  const open = await store.incidents.open(() => true);
  equal(open.map(({ count }) => count).sort(), [...Array(140).fill(3), ...Array(60).fill(4)]);
  real.close();
});

Deno.test("while a few small commits are under way, what comes next waits, and shares one", async () => {
  const kv = await Deno.openKv(":memory:");
  const { writer, store } = await opened(kv);
  const append = store.journal.append.bind(store.journal);
  const sizes: number[] = [];
  const answer = Promise.withResolvers<void>();
  store.journal.append = async (commit, latest) => {
    sizes.push(commit.incidents.size);
    await answer.promise;
    return await append(commit, latest);
  };
  const written: Promise<unknown>[] = [];
  for (let index = 0; index < 10; index++) {
    written.push(writer.append([intake(`f${index}`)], { bytes: 1 }));
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  equal(sizes, [1, 1, 1, 1]);
  answer.resolve();
  await Promise.all(written);
  equal(sizes, [1, 1, 1, 1, 6]);
  kv.close();
});

Deno.test("a caller whose alerts could not all be stored is answered once none of them is under way", async () => {
  const kv = await Deno.openKv(":memory:");
  const { writer, store } = await opened(kv);
  const append = store.journal.append.bind(store.journal);
  const events: string[] = [];
  const [second, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  store.journal.append = async (commit, latest) => {
    events.push("commit");
    if (events.length === 1) {
      await second.promise;
      throw new StoreError("unavailable", "Cannot store the alerts: it failed");
    }
    second.resolve();
    await answer.promise;
    const outcome = await append(commit, latest);
    events.push("stored");
    return outcome;
  };
  const written = writer.append(many("f", 18), { bytes: 1 })
    .catch(({ message }) => void events.push(String(message)));
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  equal(events, ["commit", "commit"]);
  answer.resolve();
  await written;
  equal(events, ["commit", "commit", "stored", "Cannot store the alerts: it failed"]);
  equal((await store.log.newest(100)).length, 9);
  kv.close();
});

Deno.test("what an instance has seen it does not read, nor what is new to it", async () => {
  const kv = await Deno.openKv(":memory:");
  const { writer, asked } = await opened(kv);
  const costs: Asked[] = [];
  for (const status of ["firing", "firing", "resolved", "firing"] as const) {
    costs.push(await costOf(asked, () => writer.append([intake("f", status)], { bytes: 1 })));
  }
  equal(costs, Array(4).fill({ commits: 1, reads: 0 }));
  kv.close();
});

Deno.test("what another instance has changed is read after one refused commit, and decided again", async () => {
  const kv = await Deno.openKv(":memory:");
  const [a, b] = [await opened(kv), await opened(kv)];
  await a.writer.append([intake("f")], { bytes: 1 });
  const cost = await costOf(b.asked, async () => {
    const { logged } = await b.writer.append([intake("f"), intake("g")], { bytes: 1 });
    equal(logged.map(({ routing }) => routing[0]!.outcome.kind), ["folded", "told"]);
  });
  equal(cost, { commits: 2, reads: 1 });
  kv.close();
});

Deno.test("a resolved alert of which an instance knows nothing is read first: another one has seen it fire", async () => {
  const kv = await Deno.openKv(":memory:");
  const [a, b] = [await opened(kv), await opened(kv)];
  await a.writer.append([intake("f")], { bytes: 1 });
  const cost = await costOf(b.asked, () => b.writer.append([intake("f", "resolved")], { bytes: 1 }));
  equal(cost, { commits: 1, reads: 1 });
  kv.close();
});

Deno.test("an instance whose guesses are mostly wrong reads first, and guesses again once they would be right", async () => {
  const kv = await Deno.openKv(":memory:");
  const [a, b] = [await opened(kv), await opened(kv)];
  const all = many("old", 100);
  await a.writer.append(all, { bytes: 1 });
  const afterRestart = await costOf(b.asked, async () => {
    for (const one of all) await b.writer.append([one], { bytes: 1 });
  });
  ok(afterRestart.commits > 100 && afterRestart.commits < 130, `${afterRestart.commits - 100} wrong guesses`);
  const later = many("new", 100);
  const again = await costOf(b.asked, async () => {
    for (const one of later) await b.writer.append([one], { bytes: 1 });
  });
  equal(again.commits, 100);
  ok(again.reads > 0 && again.reads < 30, `${again.reads} reads`);
  kv.close();
});
