import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { startSink } from "../../../simulator/sink.ts";
import { testRelay } from "../../kit/relay.ts";
import { HOUR, MINUTE } from "../../../relay/base/duration.ts";

Deno.test("alerts are read by their ids, from whatever pages, and what is not there is missing", async () => {
  await using house = await testRelay();
  const { log, records } = house.relay.store;
  for (let post = 0; post < 15; post++) {
    const alerts = Array.from({ length: 3 }, (_, number) => ({ labels: { host: `db-${post}-${number}` } }));
    await house.accept(...alerts);
    house.clock.advance(MINUTE);
  }
  const logged = await log.newest(100);
  equal(logged.length, 45);
  const wanted = logged.filter((_, index) => index % 2 === 0).map(({ id }) => id);
  const page = wanted[0]!.slice(0, 26);
  const found = await records.alerts([
    ...wanted,
    wanted[0]!,
    `${page}-999`,
    `${"0".repeat(26)}-000`,
    "x",
    "",
  ]);
  equal([...found.keys()].sort(), [...wanted].sort());
  for (const { id, ...rest } of logged) if (found.has(id)) equal(found.get(id), { id, ...rest });
  equal(await records.alerts([]), new Map());
});

Deno.test("the oldest open incident is the one that began first of those that are not over", async () => {
  await using house = await testRelay();
  const { incidents, records } = house.relay.store;
  equal(await records.oldestOpen(), undefined);
  for (const host of ["a", "b", "c"]) {
    await house.accept({ labels: { host } });
    house.clock.advance(MINUTE);
  }
  await house.accept({ status: "resolved", labels: { host: "a" } });
  const [, b] = await incidents.newest("open", 9);
  equal(await records.oldestOpen(), b!.id);
});

Deno.test("what was accepted is read hour by hour without what became of it", async () => {
  await using house = await testRelay();
  const { records } = house.relay.store;
  const began = Math.floor(house.clock.now() / HOUR);
  for (let hour = 0; hour < 5; hour++) {
    for (let post = 0; post <= hour; post++) {
      await house.accept({ labels: { host: `db-${hour}-${post}` } });
    }
    await house.settle();
    house.clock.advance(HOUR);
  }
  const hours = { from: began + 1, to: began + 4 };
  const counted = await records.hours(hours);
  const accepted = await records.accepted(hours);
  equal([...accepted.values()].map(({ accepted }) => accepted), [2, 3, 4]);
  equal(new Map([...counted].map(([hour, { accepted }]) => [hour, accepted])), accepted);
});

Deno.test("all that waits is read to its end, whatever the pages in which it is read", async () => {
  await using sink = await startSink();
  sink.answer({ status: 410 });
  await using house = await testRelay({
    yaml: `groups: [{ owner: default, level: default, destinations: [
      { name: a, channel: webhook, config: { url: "${sink.url}/a" } },
      { name: b, channel: webhook, config: { url: "${sink.url}/b" } } ] }]`,
  });
  const { records } = house.relay.store;
  for (let post = 0; post < 230; post++) {
    const alerts = [0, 1].map((number) => ({ labels: { host: `db-${post}-${number}` } }));
    await house.accept(...alerts);
    house.clock.advance(1_000);
  }
  await house.settle();
  const waiting = (await Array.fromAsync(records.allWaiting())).flat();
  // If one destination is known to fail before the other, the other is notified of it.
  const logged = await house.relay.store.log.newest(500);
  const routed = logged.flatMap(({ routing }) => routing.flatMap(({ destinations = [] }) => destinations));
  ok(routed.length >= 2 * 460);
  equal(waiting.length, routed.length);
  equal(new Set(waiting.map(({ id }) => id)).size, routed.length);
  equal(
    (await Array.fromAsync(records.queue())).map(({ entry }) => entry.id).sort(),
    waiting.map(({ id }) => id).sort(),
  );
});
