import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { findIncidents, type FoundIncidents } from "../../../../relay/query/incident_list/find.ts";
import type { WantedIncidents } from "../../../../relay/query/incident_list/wanted.ts";
import { parseMatchers } from "../../../../relay/domain/matcher.ts";
import { api } from "../../../kit/api.ts";
import { type TestRelay, testRelay } from "../../../kit/relay.ts";
import { MINUTE } from "../../../../relay/base/duration.ts";

/** 250 incidents in posts of five, every tenth of them over. */
async function houseOfMany(): Promise<TestRelay> {
  const house = await testRelay();
  for (let post = 0; post < 50; post++) {
    const hosts = Array.from({ length: 5 }, (_, number) => 5 * post + number);
    await house.accept(...hosts.map((host) => ({ labels: { host: `Db-${host}` } })));
    if (post % 2 === 0) {
      await house.accept({ status: "resolved", labels: { host: `Db-${hosts[0]}` } });
    }
    house.clock.advance(MINUTE);
  }
  return house;
}

async function pageThrough(
  { relay: { store } }: TestRelay,
  wanted: WantedIncidents,
  options: { limit: number; budget: number },
): Promise<{ ids: string[]; stops: number }> {
  const ids: string[] = [];
  let stops = 0;
  let before: string | undefined;
  while (true) {
    const { incidents, next, lookedBackTo }: FoundIncidents = await findIncidents(store, wanted, {
      ...options,
      before,
    });
    ids.push(...incidents.map(({ id }) => id));
    ok(incidents.length <= options.limit);
    if (lookedBackTo !== undefined) stops++;
    if (next === undefined) return { ids, stops };
    before = next;
  }
}

Deno.test("incidents are found by a label, the title, a memo or how the fingerprint begins, page by page", async () => {
  await using house = await houseOfMany();
  const { incidents } = house.relay.store;
  const open = await incidents.newest("open", 1_000);
  const over = await incidents.newest("closed", 1_000);
  equal([open.length, over.length], [225, 25]);
  await api(house, "POST", `incidents/${open[7]!.id}/ack`, { body: { memo: "Moved to DB-17" } });
  const expected: [WantedIncidents, number][] = [
    [{ state: "open" }, 225],
    [{ state: "all" }, 250],
    [{ state: "open", text: "test" }, 225],
    [{ state: "closed", text: "db-1" }, 11], // 10, and 100 to 190 by tens
    [{ state: "all", text: " DB-17 " }, 12], // 17 and 170 to 179, and the memo
    [{ state: "open", text: "moved to" }, 1],
    [{ state: "open", text: open[3]!.fingerprint.slice(0, 12) }, 1],
    [{ state: "open", text: "no-such" }, 0],
    [{ state: "open", known: true }, 1],
    [{ state: "open", known: true, text: "no-such" }, 0],
    [{ state: "open", matchers: parseMatchers('host=~"Db-[0-4]"') }, 4], // Db-0 is over
    [{ state: "all", matchers: parseMatchers('host=~"Db-[0-4]", alertname="Test"') }, 5],
    [{ state: "open", matchers: parseMatchers("host=Db-17"), text: "moved to" }, 0],
    [{ state: "open", matchers: parseMatchers("host=Db-17"), text: "db-17" }, 1],
    [{ state: "open", holder: "li.lei" }, 0],
  ];
  for (const [wanted, count] of expected) {
    const { ids, stops } = await pageThrough(house, wanted, { limit: 1_000, budget: 60_000 });
    equal([ids.length, stops], [count, 0], JSON.stringify(wanted));
    equal(ids, ids.toSorted().reverse(), "the newest first");
    const small = await pageThrough(house, wanted, { limit: 7, budget: 60_000 });
    equal(small, { ids, stops: 0 }, "by sevens the same");
  }
});

Deno.test("a search of incidents that runs out of time says how far back it looked, and goes on from there", async () => {
  await using house = await houseOfMany();
  const wanted = { state: "all", text: "db-0" } as const;
  const { ids, stops } = await pageThrough(house, wanted, { limit: 50, budget: 0 });
  equal(ids.length, 1);
  ok(stops >= 2, String(stops));
  const { ids: none } = await pageThrough(house, { state: "open", text: "no-such" }, {
    limit: 50,
    budget: 0,
  });
  equal(none, []);
});
