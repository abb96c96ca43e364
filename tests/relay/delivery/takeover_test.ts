/** Several instances and one lane: the sender when its holder is slow, cut off, or gone. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { LEASE } from "../../../relay/delivery/lane_lease.ts";
import { StoreAwayError } from "../../../relay/store/errors.ts";
import { SECOND } from "../../../relay/base/duration.ts";
import { TestClock } from "../../kit/clock.ts";
import { eventually } from "../../kit/eventually.ts";
import { type FaultyKv, faultyKv } from "../../kit/faulty_kv.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const START = Date.UTC(2026, 0, 31, 8);

/** A sent message and its outcome. */
interface Sent {
  readonly by: number;
  readonly instance: string;
  readonly status: string;
  /** By the first instance's clock. */
  readonly at: number;
  /** Cut off at that time. */
  cutAt?: number;
  answer(): void;
}

interface Scene extends AsyncDisposable {
  readonly houses: readonly TestRelay[];
  readonly stores: readonly FaultyKv[];
  readonly sent: Sent[];
  /** Let time pass for all, in steps in which everything has its turn. */
  pass(ms: number, options?: { until?: () => boolean }): Promise<void>;
}

/** Instances with clocks this far apart; the vendor answers when a test says so, or at once. */
async function scene(
  { skews = [0, 0], isSlow }: { skews?: number[]; isSlow: (sent: Sent) => boolean },
): Promise<Scene> {
  const kv = await Deno.openKv(":memory:");
  const database = counting(kv);
  const stores = skews.map(() => faultyKv(database.kv));
  const clocks = skews.map((skew) => new TestClock(START + skew));
  const sent: Sent[] = [];
  const fetchOf = (by: number): typeof fetch => async (_address, init) => {
    const { data: { alerts: [alert] } } = JSON.parse(String(init!.body));
    const answered = Promise.withResolvers<void>();
    const one: Sent = {
      by,
      instance: alert.labels.instance,
      status: alert.status,
      at: clocks[0]!.now(),
      answer: answered.resolve,
    };
    sent.push(one);
    init!.signal!.addEventListener("abort", () => {
      one.cutAt = clocks[0]!.now();
      answered.reject(init!.signal!.reason);
    });
    if (isSlow(one)) await answered.promise;
    return new Response();
  };
  const houses = await Promise.all(skews.map((_, by) =>
    testRelay({
      kv: stores[by]!.kv,
      exclusive: false,
      clock: clocks[by]!,
      fetch: fetchOf(by),
      yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: webhook, timeout: 1m, config: { url: "http://vendor.test/" } }]`,
    })
  ));
  return {
    houses,
    stores,
    sent,
    async pass(ms, { until = () => false } = {}): Promise<void> {
      for (let passed = 0; passed < ms && !until(); passed += 250) {
        for (const clock of clocks) clock.advance(250);
        await database.idle();
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      for (const one of sent) one.answer();
      for (const store of stores) [store.onCommit, store.onRead] = [() => undefined, () => {}];
      for (const house of houses) await house[Symbol.asyncDispose]();
      kv.close();
    },
  };
}

/** Turns of the event loop without an operation of the database after which nothing is under way. */
const QUIET_TURNS = 5;

/** A database of which a test can wait until nothing is asked of it, so that a busy machine changes nothing. */
function counting(real: Deno.Kv): { readonly kv: Deno.Kv; idle(): Promise<void> } {
  let underWay = 0;
  const counted = <T>(operation: Promise<T>): Promise<T> => {
    underWay++;
    return operation.finally(() => underWay--);
  };
  const kv = new Proxy(real, {
    get(target, name): unknown {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      if (name === "atomic") {
        return () => {
          const atomic = target.atomic();
          const commit = atomic.commit.bind(atomic);
          return Object.assign(atomic, { commit: () => counted(commit()) });
        };
      }
      if (name === "list") {
        return (...args: Parameters<Deno.Kv["list"]>) => {
          const list = target.list(...args);
          const next = list.next.bind(list);
          return Object.assign(list, { next: () => counted(next()) });
        };
      }
      return (...args: unknown[]) => {
        const result = value.apply(target, args) as unknown;
        return result instanceof Promise ? counted(result) : result;
      };
    },
  });
  return {
    kv,
    async idle(): Promise<void> {
      for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
        await new Promise((resolve) => setTimeout(resolve));
        if (underWay > 0) quiet = 0;
      }
    },
  };
}

/** The database answers this instance no more. */
function cutOff(store: FaultyKv): void {
  store.onCommit = () => "is lost";
  store.onRead = () => {
    throw new Error("the connection was cut off");
  };
}

const told = ({ instance, status }: Sent): string => `${instance} ${status}`;

Deno.test("a lease is renewed for as long as a message is being sent", async () => {
  await using world = await scene({ isSlow: ({ instance }) => instance === "slow" });
  const { houses: [a, b], sent } = world as Scene & { houses: [TestRelay, TestRelay] };
  await a.accept({ labels: { instance: "slow" } });
  await eventually("the message", () => sent.length === 1);
  await b.accept({ labels: { instance: "next" } });
  await world.pass(50 * SECOND);
  equal(sent.map(({ by, instance, cutAt }) => [by, instance, cutAt]), [
    [0, "slow", undefined],
    [0, "next", undefined],
  ]);
  sent[0]!.answer();
  await Promise.all([a.settle(), b.settle()]);
  equal((await a.deliveries()).map(({ state, attempts }) => [state, attempts.length]), [
    ["delivered", 1],
    ["delivered", 1],
  ]);
});

Deno.test("an alert that another instance accepts does not wait for the holder's slow message", async () => {
  await using world = await scene({ isSlow: ({ instance }) => instance === "slow" });
  const { houses: [a, b], sent } = world as Scene & { houses: [TestRelay, TestRelay] };
  await a.accept({ labels: { instance: "slow" } });
  await eventually("the slow one", () => sent.length === 1);
  await b.accept({ labels: { instance: "other" } });
  await eventually("the other one, without any time that passes", () => sent.length === 2);
  equal(sent.map(({ by, instance }) => [by, instance]), [[0, "slow"], [0, "other"]]);
});

for (const skew of [-4, -2, 0, 2, 4]) {
  const clocks = `the taker's clock ${Math.abs(skew)} s ${skew < 0 ? "behind" : "ahead"}`;
  Deno.test(`the lane of a holder that is cut off is taken over within 15 s and never held twice, ${clocks}`, async () => {
    await using world = await scene({ skews: [0, skew * SECOND], isSlow: ({ by }) => by === 0 });
    const { houses: [a, b], stores, sent } = world as Scene & { houses: [TestRelay, TestRelay] };
    await a.accept({ labels: { instance: "x" } });
    await eventually("the holder's message", () => sent.length === 1);
    await world.pass(2 * LEASE);
    cutOff(stores[0]!);
    const gone = a.clock.now();
    await b.accept({ labels: { instance: "x" }, status: "resolved" });
    await world.pass(20 * SECOND, { until: () => sent.length >= 3 });
    equal(sent.map(({ by, ...one }) => `${by} ${told(one as Sent)}`), [
      "0 x firing",
      "1 x firing",
      "1 x resolved",
    ]);
    const [held, again] = sent as [Sent, Sent];
    ok(held.cutAt !== undefined && held.cutAt <= again.at, `cut off ${held.cutAt! - gone} ms after the cut`);
    // A clock that is behind sees the lease end later.
    const within = 15 * SECOND - Math.min(0, skew) * SECOND;
    ok(again.at - gone <= within, `taken over after ${again.at - gone} ms`);
  });
}

Deno.test("an instance that comes back writes the result of what it sent before, if nobody has taken its lane", async () => {
  await using world = await scene({ skews: [0], isSlow: ({ instance }) => instance === "slow" });
  const { houses: [a], stores, sent } = world as Scene & { houses: [TestRelay] };
  await a.accept({ labels: { instance: "slow" } });
  await eventually("the message", () => sent.length === 1);
  cutOff(stores[0]!);
  sent[0]!.answer();
  await world.pass(3 * LEASE);
  [stores[0]!.onCommit, stores[0]!.onRead] = [() => undefined, () => {}];
  await world.pass(3 * SECOND);
  await a.settle();
  equal(sent.length, 1, "it is not sent again");
  equal((await a.deliveries()).map(({ state }) => state), ["delivered"]);
  equal(a.reports.filter((words) => words.includes("results of lane")).length, 1, String(a.reports));
});

Deno.test("what a dead instance has accepted is sent by another one a few seconds later, which was not asked to", async () => {
  await using world = await scene({ isSlow: () => false });
  const { houses: [a, b], sent } = world as Scene & { houses: [TestRelay, TestRelay] };
  await a.relay.courier.stop({ grace: 0 });
  const before = b.clock.next;
  await a.accept({ labels: { instance: "orphan" } });
  await eventually("the other one to notice", () => b.clock.next !== before, { every: 1 });
  await world.pass(6 * SECOND, { until: () => sent.length > 0 });
  equal(sent.map(({ by, instance }) => [by, instance]), [[1, "orphan"]]);
  await b.settle();
  equal(await b.relay.store.outbox.lanes(), []);
});

Deno.test("while the database is away no lane is reported, and a second after it is back they go on", async () => {
  await using world = await scene({ skews: [0], isSlow: () => false });
  const { houses: [a], stores, sent } = world as Scene & { houses: [TestRelay] };
  let asked = 0;
  await a.accept({ labels: { instance: "waits" } });
  stores[0]!.onRead = () => {
    asked++;
    throw new StoreAwayError("read");
  };
  await world.pass(20 * SECOND);
  ok(asked > 0 && asked <= 50, `asked ${asked} times`);
  equal([sent, a.reports.filter((words) => words.includes("lane"))], [[], []]);
  stores[0]!.onRead = () => {};
  await world.pass(SECOND + 250, { until: () => sent.length > 0 });
  equal(sent.map(({ instance }) => instance), ["waits"]);
});
