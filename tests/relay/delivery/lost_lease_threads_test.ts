/** Two instances and one lane: the second one continues with the receipts and the progress of the first. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { SECOND } from "../../../relay/base/duration.ts";
import type { Channel } from "../../../relay/channel.ts";
import { TestClock } from "../../kit/clock.ts";
import { eventually } from "../../kit/eventually.ts";
import { type FaultyKv, faultyKv } from "../../kit/faulty_kv.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { type CardRequest, CARDS_YAML, CardVendor, withCards } from "./_cards.ts";

interface Scene extends AsyncDisposable {
  readonly first: TestRelay;
  readonly second: TestRelay;
  readonly vendor: CardVendor;
  /** The first one's database answers no more. */
  cutOff(): void;
  /** Let time pass until this is so. */
  passUntil(what: string, isSo: () => boolean | Promise<boolean>): Promise<void>;
}

async function scene(
  { yaml = CARDS_YAML, channel = {} }: { yaml?: string; channel?: Partial<Channel> } = {},
): Promise<Scene> {
  const kv = await Deno.openKv(":memory:");
  const stores = [faultyKv(kv), faultyKv(kv)] as [FaultyKv, FaultyKv];
  const clock = new TestClock();
  const vendor = new CardVendor();
  const channels = await withCards(channel);
  const [first, second] = await Promise.all(
    stores.map(({ kv }) => testRelay({ kv, exclusive: false, clock, yaml, channels, fetch: vendor.fetch })),
  ) as [TestRelay, TestRelay];
  return {
    first,
    second,
    vendor,
    cutOff(): void {
      stores[0].onCommit = () => "is lost";
      stores[0].onRead = () => {
        throw new Error("the connection was cut off");
      };
    },
    async passUntil(what, isSo): Promise<void> {
      await eventually(what, async () => {
        clock.advance(250);
        return await isSo();
      }, { every: 1 });
    },
    async [Symbol.asyncDispose](): Promise<void> {
      for (const store of stores) [store.onCommit, store.onRead] = [() => undefined, () => {}];
      vendor.before = () => undefined;
      await Promise.all([first, second].map((house) => house[Symbol.asyncDispose]()));
      kv.close();
    },
  };
}

/** Answers this request only once its sender has given it up. */
function hang(
  isSlow: (request: CardRequest) => boolean,
  vendor: CardVendor,
): { readonly begun: Promise<void> } {
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  let isFirst = true;
  vendor.before = (request, signal) => {
    if (!isFirst || !isSlow(request)) return undefined;
    isFirst = false;
    resolve();
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  return { begun };
}

Deno.test("the next holder of a lane edits the card that the first one has sent", async () => {
  await using world = await scene();
  const { first, second, vendor } = world;
  await first.fire({ labels: { instance: "db-1" } });
  const { begun } = hang(({ card }) => card !== undefined, vendor);
  await first.accept({ labels: { instance: "db-1" }, status: "resolved" });
  await begun;
  world.cutOff();
  await world.passUntil("the second one to edit the card", () => vendor.shown[0]!.length === 2);
  await second.settle();
  equal(vendor.shown, [["db-1 first", "db-1 resolved"]]);
  equal(vendor.requests.map(({ card }) => card), [undefined, "card-1", "card-1"]);
  equal(await Array.fromAsync(second.kv.list({ prefix: ["receipt"] })), []);
});

Deno.test("the next holder of a lane asks only those whom the first one has not reached", async () => {
  const people = ["an", "bo", "chen"];
  await using world = await scene({
    yaml: `
members:
${people.map((id) => `  - { id: ${id}, name: ${id}, mobile: "13800000001" }`).join("\n")}
groups:
  - owner: default
    level: default
    members: [${people.join(", ")}]
    destinations: [{ name: phones, channel: webhook, config: { url: "http://cards.test/" } }]`,
    channel: { per: "recipient", address: { name: "mobile", title: "Mobile" } },
  });
  const { first, second, vendor } = world;
  const { begun } = hang(({ to }) => to === "bo", vendor);
  await first.accept({ labels: { instance: "db-1" } });
  await begun;
  world.cutOff();
  await world.passUntil("the others to have it", async () => {
    const [delivery] = await second.deliveries();
    return delivery?.state === "delivered";
  });
  equal(vendor.requests.map(({ to }) => to), ["an", "bo", "bo", "chen"]);
  const [delivery] = await second.deliveries();
  equal(delivery!.recipients?.reached, people);
  ok(delivery!.attempts.length >= 3);
  equal(await Array.fromAsync(second.kv.list({ prefix: ["progress"] })), []);
  // Each recipient has a receipt of their own: the end edits three messages.
  second.clock.advance(SECOND);
  await second.fire({ labels: { instance: "db-1" }, status: "resolved" });
  await world.passUntil("the end", () => vendor.shown.every((texts) => texts.at(-1) === "db-1 resolved"));
});
