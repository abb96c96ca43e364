import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { TestClock } from "../../kit/clock.ts";
import { testRelay } from "../../kit/relay.ts";
import { SECOND } from "../../../relay/base/duration.ts";

const START = Date.UTC(2026, 0, 31, 8);

/** The difference of the second instance's clock to the first one's, and to the vendor's. */
for (const skew of [-4 * SECOND, -2 * SECOND, 0, 2 * SECOND, 4 * SECOND]) {
  Deno.test(`two instances whose clocks are ${skew} ms apart share a robot's budget, and send nothing twice`, async () => {
    const clocks = [new TestClock(START), new TestClock(START + skew)] as const;
    await using dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clocks[0].now() });
    const kv = await Deno.openKv(":memory:");
    const yaml = `
groups:
  - owner: default
    level: default
    destinations:
      - { channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" } }`;
    const open = (clock: TestClock) => testRelay({ kv, exclusive: false, yaml, clock, sendTimeout: 1_000 });
    const houses = [await open(clocks[0]), await open(clocks[1])] as const;
    let sent = 0;
    const post = async (): Promise<void> => {
      const house = houses[sent % 2]!;
      // Critical ones may have all of the places.
      await house.accept({ labels: { instance: `db-${sent++}`, severity: "critical" } });
    };
    for (let second = 0; second < 150; second++) {
      if (second < 60) await Promise.all([post(), post()]);
      if (second % 20 === 0) { for (const house of houses) await house.relay.tidy(); }
      for (const clock of clocks) clock.advance(SECOND);
      await Promise.all(houses.map((house) => house.settle()));
    }
    equal(dingtalk.requests.length, dingtalk.robot("T").messages.length, "the robot had nothing to refuse");
    const arrivals = dingtalk.requests.map(({ at }) => at);
    for (const at of arrivals) {
      const minute = arrivals.filter((other) => other > at - 60 * SECOND && other <= at).length;
      ok(minute <= 20, `${minute} in a minute`);
    }
    const text = dingtalk.robot("T").messages.map(({ text }) => text).join("\n");
    for (let index = 0; index < sent; index++) {
      equal(
        text.match(new RegExp(`(?:^|、)db-${index}(?=、|$)`, "gm"))?.length,
        1,
        `db-${index} is told once`,
      );
    }
    for (const house of houses) {
      equal(house.reports, []);
      await house[Symbol.asyncDispose]();
    }
    kv.close();
  });
}
