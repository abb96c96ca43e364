import { deepStrictEqual as equal } from "node:assert/strict";
import { entriesIn } from "../../../relay/store/held_queue.ts";
import type { Queued } from "../../../relay/record.ts";
import { type Scene, scene } from "../../kit/duty.ts";

const YAML = `
groups:
  - owner: default
    level: default
    quiet: { from: "22:00", to: "08:00" }
    timezone: Asia/Shanghai
    destinations: [{ channel: inbox }]`;
const NIGHT = Date.parse("2026-11-20T23:30:00+08:00");
const MORNING = Date.parse("2026-11-21T08:00:00+08:00");

async function queued({ house }: Scene): Promise<Queued[]> {
  const entries = await Array.fromAsync(house.kv.list<Uint8Array>({ prefix: ["queue"] }));
  return entries.flatMap(({ value }) => entriesIn(value));
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, what is not critical waits for the end of quiet hours, through a restart`, async () => {
    await using house = await scene({ exclusive, yaml: YAML, now: NIGHT });
    equal(await house.fire({ labels: { severity: "warning", instance: "a" } }), "first");
    equal(await house.fire({ labels: { severity: "critical", instance: "b" } }), "first");
    equal(
      await house.fire({ status: "resolved", labels: { severity: "critical", instance: "b" } }),
      "resolved",
    );
    equal(await house.heard(), ["first firing", "resolved resolved"], "critical ones go at once");
    equal((await queued(house)).map(({ due, since, held }) => ({ due, since, held })), [
      { due: MORNING, since: MORNING, held: "quiet" },
    ]);
    const outcomes = (await house.house.relay.store.journal.newest(3)).map(({ routing }) =>
      routing[0]!.outcome
    );
    equal(outcomes.at(-1), { kind: "told", reason: "first", folded: 0, held: MORNING });
    equal(outcomes.filter((outcome) => "held" in outcome).length, 1);
    await house.restart();
    house.house.clock.advance(MORNING - 1 - house.house.clock.now());
    await house.house.relay.tidy();
    await house.house.settle();
    equal(await house.heard(), []);
    await house.house.advance(1);
    equal((await house.heard()).length, 1);
    equal(await queued(house), []);
  });
}

Deno.test("a severity that rises to critical at night is told at once, though the warning waits", async () => {
  await using house = await scene({ yaml: `ignore_labels: [severity]${YAML}`, now: NIGHT });
  await house.fire({ labels: { severity: "warning" } });
  equal(await house.fire({ labels: { severity: "critical" } }), "changed");
  equal((await queued(house)).filter(({ due }) => due === undefined || due <= NIGHT).length, 0);
  equal(await house.heard(), ["changed firing"]);
});
