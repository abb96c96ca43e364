import { deepStrictEqual as equal } from "node:assert/strict";
import { eventually } from "../../kit/eventually.ts";
import type { TestRelay } from "../../kit/relay.ts";
import { withReceiver } from "./_receiver.ts";

/** A receiver of webhooks that answers each alert, by its name, as a test says. */
async function receiver(
  answer: (name: string, arrived: readonly string[]) => Promise<number> | number,
): Promise<
  { house: TestRelay; arrived: string[]; until: (name: string) => Promise<void> } & AsyncDisposable
> {
  const arrived: string[] = [];
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  const arrival = (name: string): PromiseWithResolvers<void> => {
    let one = waiting.get(name);
    if (!one) waiting.set(name, one = Promise.withResolvers());
    return one;
  };
  const { house, [Symbol.asyncDispose]: dispose } = await withReceiver(async (request) => {
    const { data: { alerts } } = await request.json();
    const names: string[] = alerts.map((
      { labels, status }: { labels: Record<string, string>; status: string },
    ) => `${labels.instance}${status === "resolved" ? " resolved" : ""}`);
    arrived.push(...names);
    for (const name of names) arrival(name).resolve();
    return await answer(names[0]!, arrived);
  });
  return { house, arrived, until: (name) => arrival(name).promise, [Symbol.asyncDispose]: dispose };
}

async function post(house: TestRelay, name: string, status: "firing" | "resolved" = "firing"): Promise<void> {
  await house.accept({ status, labels: { instance: name } });
}

Deno.test("while a vendor takes its time over one alert, those that come later, and one that is sent again, go at once", async () => {
  const slow = Promise.withResolvers<number>();
  let isMended = false;
  await using scene = await receiver((name) => {
    if (name === "slow") return slow.promise;
    return name === "refused" && !isMended ? 400 : 200;
  });
  const { house, arrived, until } = scene;
  await post(house, "refused");
  await house.settle();
  equal(arrived, ["refused", "refused"]);
  const [dead] = await house.deliveries(1);
  equal(dead!.state, "dead");

  await post(house, "slow");
  await until("slow");
  await post(house, "later");
  await until("later");
  isMended = true;
  const [letter] = await Array.fromAsync(house.relay.store.dead.list());
  await house.relay.commands.deadLetters.sendOne(letter!, { by: "li.lei" });
  await eventually("the third try", () => arrived.filter((name) => name === "refused").length === 3);
  slow.resolve(200);
  await house.settle();
  equal(arrived, ["refused", "refused", "slow", "later", "refused"]);
  equal((await house.deliveries(3)).map(({ state }) => state), ["delivered", "delivered", "delivered"]);
});

Deno.test("what was delivered is recorded in company, and still in order: resolved after firing, each once", async () => {
  await using scene = await receiver(() => 200);
  const { house, arrived } = scene;
  const names = Array.from({ length: 40 }, (_, number) => `n${number}`);
  await Promise.all(names.map((name) => post(house, name)));
  await Promise.all(names.map((name) => post(house, name, "resolved")));
  await house.settle();
  for (const name of names) {
    equal(arrived.filter((one) => one.split(" ")[0] === name), [name, `${name} resolved`]);
  }
  const records = await house.deliveries(80);
  equal(records.filter(({ state, attempts }) => state === "delivered" && attempts.length === 1).length, 80);
  equal(await house.relay.store.outbox.lanes(), []);
});

Deno.test("whoever brings an alert is answered before a courier begins with it", async () => {
  await using scene = await receiver(() => 200);
  const { house } = scene;
  await post(house, "first"); // what a courier needs is loaded with it
  await house.settle();
  const { outbox } = house.relay.store;
  const order: string[] = [];
  const claim = outbox.claim.bind(outbox);
  outbox.claim = (...lane) => {
    order.push("a courier");
    return claim(...lane);
  };
  await post(house, "second");
  order.push("the answer");
  await house.settle();
  equal(order, ["the answer", "a courier"]);
});
