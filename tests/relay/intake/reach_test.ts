import { deepStrictEqual as equal, match } from "node:assert/strict";
import { isWithin, MAX_REACH, withinReach } from "../../../relay/domain/reach.ts";
import type { Group } from "../../../relay/domain/group.ts";
import type { Routed } from "../../../relay/domain/rules.ts";
import { why } from "../../../relay/query/why.ts";
import { testRelay } from "../../kit/relay.ts";

const OK = (): Promise<Response> => Promise.resolve(new Response("ok"));

/** Groups of one owner, with this many destinations each, all of them in lanes of their own. */
function yamlOf({ groups, each, rules = groups }: { groups: number; each: number; rules?: number }): string {
  const tree = {
    groups: Array.from({ length: groups }, (_, group) => ({
      owner: `team-${group}`,
      level: "default",
      destinations: Array.from({ length: each }, (_, number) => ({
        name: `desk-${number}`,
        channel: "webhook",
        config: { url: `https://hooks.example.com/${group}/${number}` },
      })),
    })),
    // No value is named, so that only an alert shows its reach.
    rules: Array.from(
      { length: rules },
      (_, group) => ({ match: [`job=~".*d.*"`], group: `team-${group}/default` }),
    ),
  };
  return JSON.stringify(tree);
}

for (const exclusive of [true, false]) {
  const kind = exclusive ? "a local file" : "a shared store";
  Deno.test(`one alert reaches 500 destinations, each on a lane of its own, on ${kind}`, async () => {
    await using house = await testRelay({ yaml: yamlOf({ groups: 125, each: 4 }), fetch: OK, exclusive });
    await house.fire({ labels: { job: "db" } });
    const deliveries = await house.deliveries();
    equal(deliveries.length, MAX_REACH.destinations);
    equal(new Set(deliveries.map(({ state }) => state)), new Set(["delivered"]));
    equal(house.reports, []);
  });

  Deno.test(`an alert for hundreds of lanes is found again after a crash at any moment, on ${kind}`, async () => {
    const kv = await Deno.openKv(":memory:");
    const yaml = yamlOf({ groups: 1, each: 400 });
    {
      await using first = await testRelay({ yaml, kv, exclusive, env: { FENGHUO_DELIVER: "0" } });
      await first.accept({ labels: { job: "db" } });
    }
    // As if the process had ended between the commit and the bells of its lanes.
    const lanes: string[] = [];
    for await (const { key } of kv.list({ prefix: ["bell"] })) {
      if (key[1] !== "") lanes.push(key[1] as string);
      await kv.delete(key);
    }
    await kv.set(["bell", "", "01"], new TextEncoder().encode(JSON.stringify(lanes)));
    await using second = await testRelay({ yaml, kv, exclusive, fetch: OK });
    await second.settle();
    equal((await second.deliveries()).filter(({ state }) => state === "delivered").length, 400);
    equal((await kv.get(["bell", "", "01"])).value, null);
    kv.close();
  });
}

Deno.test("what an alert does not reach is counted in its record, and said by why", async () => {
  await using house = await testRelay({ yaml: yamlOf({ groups: 130, each: 4 }), fetch: OK });
  await house.fire({ labels: { job: "db" } });
  const [logged] = await house.relay.store.log.newest(1);
  equal(logged!.beyond, { groups: 5, destinations: 20 });
  equal((await house.deliveries()).length, 500);
  const trace = await house.relay.query.alerts.trace(logged!);
  const words = why(trace!, { now: house.clock.now(), locale: "en", timezone: "UTC" });
  match(
    words.at(-1)!,
    /5 more groups with 20 destinations, which were not notified: one alert reaches at most 500/,
  );
});

Deno.test("a group that does not fit does not keep smaller ones after it from being reached", () => {
  const group = (id: string, destinations: number): Group => ({
    id,
    owner: id,
    level: "l",
    members: [],
    destinations: Array.from({ length: destinations }, (_, number) => ({ id: `${id}/${number}` })) as never,
    window: 0,
    repeat: 0,
    locale: "zh",
    timezone: "UTC",
  });
  const routes = [["a", 400], ["b", 200], ["c", 100]].map(([id, count]): Routed => ({
    group: group(id as string, count as number),
    by: "rule",
  }));
  const { routes: reached, beyond } = withinReach(routes);
  equal(reached.map(({ group }) => group.id), ["a", "c"]);
  equal(beyond.map(({ group }) => group.id), ["b"]);
  equal(isWithin(Array.from({ length: 201 }, (_, number) => group(`g${number}`, 0))), false);
});
