import { deepStrictEqual as equal, match, ok, rejects } from "node:assert/strict";
import { alert } from "../../kit/domain.ts";
import { faultyKv } from "../../kit/faulty_kv.ts";
import { testRelay } from "../../kit/relay.ts";
import { systemClock } from "../../../relay/base/clock.ts";
import { openStore } from "../../../relay/store/store.ts";
import type { PreparedAlert } from "../../../relay/intake/pipeline.ts";
import { StoreError } from "../../../relay/store/errors.ts";
import type { IncidentUpdate } from "../../../relay/intake/updates.ts";
import { Writer } from "../../../relay/intake/writer.ts";

const retention = { alerts: 1_000_000_000, dead: 1_000_000_000, audit: 86_400_000 };

function intake(fingerprint: string): PreparedAlert {
  return { fingerprint, payload: "p", now: Date.now(), routes: [], alert: alert() };
}

Deno.test("requests that come together share a commit", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  let commits = 0;
  faulty.onCommit = () => void commits++;
  {
    await using house = await testRelay({ kv: faulty.kv });
    await house.relay.courier.stop({ grace: 0 });
    const requests = Array.from(
      { length: 100 },
      (_, index) => house.post({ labels: { instance: `${index}` } }),
    );
    equal((await Promise.all(requests)).map(({ status }) => status), Array(100).fill(200));
    equal(commits <= 3, true, `${commits} commits`);
  }
  kv.close();
});

Deno.test("in a storm requests that are on their way share the next commit, and one that comes alone goes at once", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  const store = await openStore(faulty.kv, { exclusive: true, clock: systemClock, key: "k", retention });
  const writer = new Writer(store, { staleAfter: 1_000_000, clock: { now: Date.now } });
  let commits = 0;
  faulty.onCommit = () => void commits++;
  const append = (...fingerprints: string[]): Promise<unknown> =>
    Promise.all(fingerprints.map((one) => writer.append([intake(one)], { bytes: 1 })));
  const inNextTurn = (fingerprint: string): Promise<unknown> =>
    new Promise((resolve) => setImmediate(() => resolve(append(fingerprint))));

  await append("a", "b");
  equal(commits, 1);
  await Promise.all([append("c"), inNextTurn("d")]);
  equal(commits, 2, "the last commit had company, so this one waits for some");
  await append("e");
  equal(commits, 3);
  await Promise.all([append("f"), inNextTurn("g")]);
  equal(commits, 5, "the last one came alone");
  kv.close();
});

Deno.test("an alert that comes while a storm's incidents leave the list of open ones does not wait for all of them", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  const store = await openStore(faulty.kv, { exclusive: true, clock: systemClock, key: "k", retention });
  const writer = new Writer(store, { staleAfter: 1_000, clock: { now: Date.now } });
  await writer.append(Array.from({ length: 200 }, (_, index) => intake(`f${index}`)), { bytes: 1 });
  let commits = 0;
  let answered: Promise<number> | undefined;
  faulty.onCommit = () => {
    commits++;
    answered ??= writer.append([intake("new")], { bytes: 1 }).then(() => commits);
    return undefined;
  };
  await writer.retire(await store.incidents.open(() => true), Date.now() + 60_000);
  const before = await answered!;
  ok(before <= 60, `${before} commits before the answer`);
  equal((await store.incidents.open(() => true)).map(({ fingerprint }) => fingerprint), ["new"]);
  kv.close();
});

Deno.test("what comes behind a large payload is stored before the rest of it, and each payload keeps its own order", async () => {
  const kv = await Deno.openKv(":memory:");
  const store = await openStore(kv, { exclusive: true, clock: systemClock, key: "k", retention });
  const writer = new Writer(store, { staleAfter: 1_000_000, clock: { now: Date.now } });
  const order: string[] = [];
  const append = async (name: string, count: number): Promise<string[]> => {
    const all = Array.from({ length: count }, (_, index) => intake(`${name}${index}`));
    const { logged } = await writer.append(all, { bytes: 1 });
    order.push(name);
    return logged.map(({ id }) => id);
  };
  const [large, other] = await Promise.all([
    append("large", 2_000),
    append("other", 60),
    append("small", 1),
    writer.update([
      { kind: "dead_delivery", fingerprint: "none", group: "g", alert: "a", delivery: "d", now: 1 },
    ])
      .then(() => order.push("note")),
  ]);
  equal(order, ["small", "note", "other", "large"]);
  equal([large!.length, other!.length], [2_000, 60]);
  for (const ids of [large!, other!]) equal(ids, ids.toSorted());
  kv.close();
});

Deno.test("a queue that is full refuses more, and takes them again once it is written", async () => {
  const kv = await Deno.openKv(":memory:");
  const store = await openStore(kv, { exclusive: true, clock: systemClock, key: "k", retention });
  const writer = new Writer(store, { staleAfter: 1_000_000, clock: { now: Date.now }, capacity: 100 });
  const first = writer.append([intake("a")], { bytes: 90 });
  await rejects(writer.append([intake("b")], { bytes: 20 }), (error: Error) => {
    equal(error instanceof StoreError && error.kind, "full");
    match(error.message, /send them again in a moment$/);
    return true;
  });
  await first;
  equal(
    (await writer.append([intake("b")], { bytes: 2_000 })).logged.length,
    1,
    "an empty queue takes any payload",
  );
  kv.close();
});

Deno.test("a commit that hangs answers everybody who waits, and is not queued behind", async () => {
  const kv = await Deno.openKv(":memory:");
  const store = await openStore(kv, { exclusive: true, clock: systemClock, key: "k", retention });
  const hanging = Promise.withResolvers<void>();
  const append = store.journal.append.bind(store.journal);
  let hang = true;
  store.journal.append = async (commit, known) => {
    if (hang) await hanging.promise;
    return await append(commit, known);
  };
  const writer = new Writer(store, { staleAfter: 1_000_000, clock: { now: Date.now }, patience: 500 });
  const [first, second] = [
    writer.append([intake("a")], { bytes: 1 }),
    writer.append([intake("a")], { bytes: 1 }),
  ];
  await rejects(first, /the database hangs/);
  await rejects(second, /the database hangs/);
  await rejects(writer.append([intake("a")], { bytes: 1 }), /the database hangs/);
  hang = false;
  hanging.resolve();
  await writer.idle();
  const { logged } = await writer.append([intake("a")], { bytes: 1 });
  equal(logged.length, 1);
  equal((await store.log.newest(10)).length, 3, "what hung was stored after all, and the retry beside it");
  kv.close();
});

Deno.test("a payload larger than one commit is stored in parts and answered after the last", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  let commits = 0;
  faulty.onCommit = () => void commits++;
  const store = await openStore(faulty.kv, { exclusive: true, clock: systemClock, key: "k", retention });
  const writer = new Writer(store, { staleAfter: 1_000_000, clock: { now: Date.now } });
  const { logged } = await writer.append(Array.from({ length: 5_000 }, (_, index) => intake(`${index}`)), {
    bytes: 1,
  });
  equal(logged.length, 5_000);
  equal(new Set(logged.map(({ id }) => id)).size, 5_000);
  equal(logged.map(({ id }) => id), logged.map(({ id }) => id).toSorted());
  equal(commits > 1, true);
  kv.close();
});

Deno.test("the largest alert to the most groups that a configuration may have is stored", async () => {
  const groups = Array.from(
    { length: 149 },
    (_, index) =>
      `{ owner: o${index}, level: default, destinations: [{ name: a, channel: inbox }, { name: b, channel: webhook, config: { url: "http://127.0.0.1:9/${index}" } }] }`,
  );
  const rules = Array.from(
    { length: 149 },
    (_, index) => `{ match: ['alertname=~".*"'], group: o${index}/default }`,
  );
  await using house = await testRelay({
    yaml: `groups: [${groups.join(", ")}]\nrules: [${rules.join(", ")}]`,
  });
  await house.relay.courier.stop({ grace: 0 });
  const labels = Object.fromEntries(
    Array.from({ length: 500 }, (_, index) => [`label_${index}`, "汉".repeat(500)]),
  );
  const response = await house.post({ labels }, { labels: { instance: "small" } });
  equal([response.status, await response.json()], [200, { accepted: 2, duplicates: 0, notifications: 298 }]);
  equal((await house.relay.store.log.newest(5)).length, 2);
});

Deno.test("duplicates of alerts that went to many groups never outgrow a commit", async () => {
  const groups = Array.from(
    { length: 15 },
    (_, index) =>
      `{ owner: ${"汉".repeat(18)}${index}, level: ${"字".repeat(20)}, destinations: [{ channel: inbox }] }`,
  );
  const rules = Array.from(
    { length: 15 },
    (_, index) => `{ match: ['alertname=~".*"'], group: "${"汉".repeat(18)}${index}/${"字".repeat(20)}" }`,
  );
  await using house = await testRelay({
    yaml: `groups: [${groups.join(", ")}]\nrules: [${rules.join(", ")}]`,
  });
  await house.relay.courier.stop({ grace: 0 });
  const alerts = Array.from({ length: 300 }, (_, index) => ({ labels: { instance: `${index}` } }));
  equal(await (await house.post(...alerts)).json(), { accepted: 300, duplicates: 0, notifications: 4_500 });
  equal(await (await house.post(...alerts)).json(), { accepted: 300, duplicates: 300, notifications: 0 });
});

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, what can never be stored refuses its own sender, and what shares its commit is stored`, async () => {
    const kv = await Deno.openKv(":memory:");
    const store = await openStore(kv, { exclusive, clock: systemClock, key: "k", retention });
    const writer = new Writer(store, { staleAfter: 1_000_000_000, clock: { now: Date.now } });
    const append = (...intakes: PreparedAlert[]): Promise<number> =>
      writer.append(intakes, { bytes: 1 }).then(({ logged, refused }) => {
        if (refused) throw refused;
        return logged.length;
      });
    await append(intake("open"));
    const incident = (await store.incidents.latest(new Set(["open"]))).get("open")!;
    const large = intake("large");
    // No door lets it through as large as this; should one ever do it, only its sender is to know.
    const poison = { ...large, alert: { ...large.alert, text: "x".repeat(70_000) } };
    const memo: IncidentUpdate = {
      kind: "action",
      fingerprint: "open",
      incident,
      action: { kind: "note", text: "x".repeat(70_000) },
      options: { by: "a", account: "a", now: Date.now() },
      targets: [],
      decided: () => {},
    };
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 20 }, (_, index) => append(intake(`a${index}`))),
      append(intake("b"), poison, intake("c")),
      writer.update([memo]),
      ...Array.from({ length: 20 }, (_, index) => append(intake(`d${index}`))),
      append(poison),
    ]);
    equal(outcomes.filter(({ status }) => status === "fulfilled").length, 40);
    const kinds = outcomes.flatMap((outcome) => outcome.status === "rejected" ? [outcome.reason.kind] : []);
    equal(kinds, ["too_large", "too_large", "too_large"]);
    const stored = (await store.log.newest(100)).map(({ fingerprint }) => fingerprint);
    equal(stored.length, 43, "the alerts beside it in its own payload, too");
    equal([stored.includes("b"), stored.includes("c"), stored.includes("large")], [true, true, false]);
    equal(await append(intake("after")), 1);
    kv.close();
  });
}
