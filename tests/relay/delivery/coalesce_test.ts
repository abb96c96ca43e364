import { deepStrictEqual as equal, ok } from "node:assert/strict";
import type { Channel } from "../../../relay/channel.ts";
import type { Batch } from "../../../relay/delivery/batch.ts";
import { coalesce, retriedTogether } from "../../../relay/delivery/coalesce.ts";
import type { Queued } from "../../../relay/domain/record.ts";
import { eventually } from "../../kit/eventually.ts";
import { queued } from "../../kit/queued.ts";
import type { TestRelay } from "../../kit/relay.ts";
import { MINUTE } from "../../../relay/base/duration.ts";
import { withReceiver } from "./_receiver.ts";

/** Messages to one destination, of a payload each. */
function messages(
  count: number,
  { alerts = 1, combine = "waiting", id = "ops", ...entry }:
    & { alerts?: number; combine?: string; id?: string }
    & Partial<Queued> = {},
): Batch[] {
  return Array.from({ length: count }, (_, number) => ({
    channel: { combine, limits: { parallel: 16 } } as unknown as Channel,
    destination: { id, config: {} },
    entries: Array.from({ length: alerts }, (_, place) => ({ id: `${number}-${place}`, ...entry })),
    rates: [],
  } as unknown as Batch));
}

Deno.test("messages that would wait for one another go together, no more of them than that takes, and ten alerts at most", () => {
  const table: [what: string, batches: Batch[], underWay: number, sizes: number[]][] = [
    ["one", messages(1), 0, [1]],
    ["one while all places are taken", messages(1), 16, [1]],
    ["as many as a quarter of the places", messages(4), 0, [1, 1, 1, 1]],
    ["a few more", messages(6), 0, [2, 2, 2]],
    ["a storm", messages(40), 0, [10, 10, 10, 10]],
    ["a greater storm", messages(55), 0, [10, 10, 10, 10, 10, 5]],
    ["one place is left", messages(7), 15, [7]],
    ["no place is left", messages(12), 16, [10, 2]],
    ["payloads stay whole", messages(4, { alerts: 4 }), 16, [8, 8]],
    ["a large payload goes by itself", messages(2, { alerts: 50 }), 16, [50, 50]],
    ["where only a payload shares", messages(3, { combine: "payload" }), 16, [1, 1, 1]],
    ["where nothing shares", messages(3, { combine: "single" }), 16, [1, 1, 1]],
    ["what was tried before", messages(3, { tries: 1 }), 16, [1, 1, 1]],
    ["what only had to wait", messages(3, { tries: 0 }), 16, [3]],
    ["what was refused as it was", messages(3, { plain: true }), 16, [1, 1, 1]],
    ["what quiet hours held back", messages(3, { held: "quiet" }), 16, [1, 1, 1]],
    [
      "destinations each have their own",
      [...messages(2), ...messages(2, { id: "dba" }), ...messages(1)],
      16,
      [3, 2],
    ],
    ["nothing", [], 0, []],
  ];
  for (const [what, batches, underWay, sizes] of table) {
    const shared = coalesce(batches, { sending: underWay });
    equal(shared.map(({ entries }) => entries.length), sizes, what);
    equal(
      shared.flatMap(({ entries }) => entries).length,
      batches.flatMap(({ entries }) => entries).length,
      what,
    );
  }
});

Deno.test("a message that is tried again keeps its alerts together, three times where they came by themselves", () => {
  const table: [combine: string, tries: number, payload: string][] = [
    ["waiting", 0, "m"],
    ["waiting", 2, "m"],
    ["waiting", 3, "own"],
    ["payload", 3, "m"],
  ];
  for (const [combine, tries, payload] of table) {
    const [batch] = messages(1, { combine });
    const entry = queued({ id: "own", payload: "p", at: 0, tries });
    equal(retriedTogether(entry, { batch: batch!, message: "m" }).payload, payload, `${combine}, ${tries}`);
  }
});

/** A request of a webhook. */
interface Received {
  readonly id: string;
  /** The instances of its alerts. */
  readonly instances: readonly string[];
}

/** A relay with a receiver of webhooks that answers each request as the test says. */
async function stage(
  answer: (received: Received) => Promise<number> | number,
): Promise<{ house: TestRelay; received: Received[] } & AsyncDisposable> {
  const received: Received[] = [];
  let draws = 0;
  const receiver = await withReceiver(async (request) => {
    const { data: { alerts } } = await request.json();
    const one = {
      id: request.headers.get("webhook-id")!,
      instances: alerts.map(({ labels }: { labels: { instance: string } }) => labels.instance),
    };
    received.push(one);
    return await answer(one);
  }, { random: () => draws++ % 2 }); // no two waits are the same
  return { ...receiver, received };
}

/** Post alerts at once, each in a payload of its own. */
async function storm(house: TestRelay, instances: readonly string[]): Promise<void> {
  await Promise.all(instances.map(async (instance) => {
    await house.accept({ labels: { instance } });
  }));
}

const names = (count: number): string[] => Array.from({ length: count }, (_, number) => `db-${number}`);

Deno.test("in a storm a webhook gets alerts of several payloads in a request, each of them once", async () => {
  await using scene = await stage(() => 200);
  const { house, received } = scene;
  await storm(house, names(100));
  await house.settle();
  equal(received.flatMap(({ instances }) => instances).toSorted(), names(100).toSorted());
  ok(received.length <= 50, `${received.length} requests`);
  ok(received.every(({ instances }) => instances.length <= 10));
  const records = await house.deliveries();
  equal(records.length, 100);
  for (const { state, attempts, sent } of records) {
    const request = received.find(({ id }) => id === sent!.id.replaceAll(".", "_"))!;
    equal([state, attempts.length, attempts[0]!.together ?? 1], ["delivered", 1, request.instances.length]);
    ok(await house.relay.store.deliveries.sent(records.find((one) => one.sent === sent)!));
  }
});

Deno.test("a request whose answer is lost is the same one when it is sent again, and after three tries each alert goes by itself", async () => {
  await using scene = await stage(({ instances }) => instances.includes("db-7") ? 503 : 200);
  const { house, received } = scene;
  await storm(house, names(40));
  await house.settle();
  const [first] = received.filter(({ instances }) => instances.includes("db-7"));
  ok(first!.instances.length > 1);
  for (let minute = 0; minute < 10; minute++) await house.advance(MINUTE);
  const together = received.filter(({ id }) => id === first!.id);
  equal(together, [first, first, first]);
  for (const instance of first!.instances) {
    const alone = received.filter(({ instances }) => instances.length === 1 && instances[0] === instance);
    if (instance === "db-7") ok(alone.length > 1);
    else equal(alone.length, 1, instance);
  }
  const records = await house.deliveries();
  equal(records.filter(({ state }) => state === "delivered").length, 39);
  equal(records.filter(({ state }) => state === "pending").length, 1);
});

Deno.test("of a request that is refused each alert is tried by itself", async () => {
  await using scene = await stage(({ instances }) => instances.includes("db-7") ? 400 : 200);
  const { house, received } = scene;
  await storm(house, names(40));
  await house.settle();
  const records = await house.deliveries();
  equal(records.filter(({ state }) => state === "delivered").length, 39);
  equal(records.filter(({ state }) => state === "dead").length, 1);
  equal(received.filter(({ instances }) => instances.includes("db-7")).length, 2);
});

Deno.test("alerts of one payload whose message was not answered come again in the same message", async () => {
  let isWell = false;
  await using scene = await stage(() => isWell ? 200 : 503);
  const { house, received } = scene;
  const alerts = names(3).map((instance) => ({ labels: { instance } }));
  await house.fire(...alerts);
  for (let second = 0; second < 60; second++) {
    isWell = received.length >= 2;
    await house.advance(1_000);
  }
  equal(new Set(received.map(({ id }) => id)).size, 1);
  equal(received.map(({ instances }) => instances), received.map(() => names(3)));
  equal(received.length, 3);
  await eventually("their records", async () => {
    return (await house.deliveries()).every(({ state }) => state === "delivered");
  });
});
