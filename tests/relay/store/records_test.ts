import { deepStrictEqual as equal } from "node:assert/strict";
import { testRelay } from "../../kit/relay.ts";

const MINUTE = 60_000;

Deno.test("alerts are read by their ids, from whatever pages, and what is not there is missing", async () => {
  await using house = await testRelay();
  const { journal, records } = house.relay.store;
  for (let post = 0; post < 15; post++) {
    const alerts = Array.from({ length: 3 }, (_, number) => ({ labels: { host: `db-${post}-${number}` } }));
    await (await house.post(...alerts)).body?.cancel();
    house.clock.advance(MINUTE);
  }
  const log = await journal.newest(100);
  equal(log.length, 45);
  const wanted = log.filter((_, index) => index % 2 === 0).map(({ id }) => id);
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
  for (const { id, ...rest } of log) if (found.has(id)) equal(found.get(id), { id, ...rest });
  equal(await records.alerts([]), new Map());
});

Deno.test("the oldest open incident is the one that began first of those that are not over", async () => {
  await using house = await testRelay();
  const { journal, records } = house.relay.store;
  equal(await records.oldestOpen(), undefined);
  for (const host of ["a", "b", "c"]) {
    await (await house.post({ labels: { host } })).body?.cancel();
    house.clock.advance(MINUTE);
  }
  await (await house.post({ status: "resolved", labels: { host: "a" } })).body?.cancel();
  const [, b] = await journal.incidents("open", 9);
  equal(await records.oldestOpen(), b!.id);
});
