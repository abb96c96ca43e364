import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { startSink } from "../../../simulator/sink.ts";
import { TestClock } from "../../kit/clock.ts";
import { noting } from "../../kit/noting_kv.ts";
import { testRelay } from "../../kit/relay.ts";
import { DAY } from "../../../relay/base/duration.ts";

Deno.test("an alert is kept as long as it may wait to be told, however short the retention", async () => {
  using kv = await Deno.openKv(":memory:");
  const kept = new Map<string, number>();
  await using house = await testRelay({ kv: noting(kv, kept), yaml: "retention: { alerts: 1h }" });
  await house.fire({});
  equal([kept.get("log"), kept.get("delivery")], [9 * DAY, DAY / 24]);
});

Deno.test("nothing is forgotten before its retention: alerts and what became of them, the dead, the sums, what waits", async () => {
  await using sink = await startSink();
  using kv = await Deno.openKv(":memory:");
  const kept = new Map<string, number>();
  const clock = new TestClock();
  await using house = await testRelay({
    clock,
    kv: noting(kv, kept),
    yaml: `
retention: { alerts: 20d, dead: 50d }
groups:
  - owner: default
    level: default
    destinations: [{ channel: webhook, config: { url: "${sink.url}" } }]`,
  });
  const of = (name: string): number | undefined => kept.get(name);
  const post = async (instance: string, status: "firing" | "resolved" = "firing"): Promise<void> => {
    await house.fire({ status, labels: { instance } });
  };
  await post("told");
  await post("told", "resolved");
  equal([of("log"), of("delivery"), of("incident")], [20 * DAY, 20 * DAY, 20 * DAY]);
  ok(of("tally")! >= 50 * DAY && of("done")! >= 50 * DAY, "the sums outlast what they count");

  kept.clear();
  sink.answer({ status: 400, times: 2 });
  await post("dead");
  equal([of("delivery"), of("dead")], [50 * DAY, 50 * DAY]);

  kept.clear();
  sink.answer({ status: 503 });
  await post("waits");
  equal(
    [of("queue"), of("bell"), of("delivery")],
    [Infinity, Infinity, Infinity],
    "what waits does not expire",
  );
});
