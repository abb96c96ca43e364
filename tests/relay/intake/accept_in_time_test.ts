import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import type { IncomingAlert } from "../../../relay/domain/alert.ts";
import { eventually } from "../../kit/eventually.ts";
import { testRelay } from "../../kit/relay.ts";

const INCOMING: IncomingAlert = {
  alert: {
    dialect: "alertmanager",
    status: "firing",
    severity: "warning",
    title: "Slow",
    text: "",
    labels: { alertname: "Slow" },
    annotations: {},
    startsAt: 0,
    endsAt: null,
    links: [],
  },
  identity: { alertname: "Slow" },
};

/** A database whose commits wait until they are released. */
function slowKv(kv: Deno.Kv): { kv: Deno.Kv; letGo: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const atomic = (): Deno.AtomicOperation => {
    const operation = kv.atomic();
    const commit = operation.commit.bind(operation);
    operation.commit = () => promise.then(commit);
    return operation;
  };
  const slow = new Proxy(kv, {
    get(target, name): unknown {
      if (name === "atomic") return atomic;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { kv: slow, letGo: resolve };
}

Deno.test("on a shared store a door answers in time, and what is stored after the answer is delivered", async () => {
  const kv = await Deno.openKv(":memory:");
  {
    const { kv: slow, letGo } = slowKv(kv);
    await using house = await testRelay({ kv: slow, exclusive: false });
    const received = house.clock.now() - 2_000; // the store took so long for what came before
    await rejects(house.relay.accept([INCOMING], { now: received, bytes: 100 }), {
      name: "StoreError",
      kind: "unavailable",
      message: "Cannot store the alerts in time: the database is too slow",
    });
    letGo();
    await eventually("the alert to be stored", async () => (await house.deliveries()).length === 1);
    await house.settle();
    equal((await house.deliveries()).map(({ state }) => state), ["delivered"]);
  }
  kv.close();
});

Deno.test("on a local file a door waits for its commit, however long ago the request came", async () => {
  await using house = await testRelay();
  const received = house.clock.now() - 2_000;
  equal((await house.relay.accept([INCOMING], { now: received, bytes: 100 })).accepted, 1);
});
