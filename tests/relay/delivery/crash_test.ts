/** The state after a process that ended between two of its commits. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { endingKv } from "../../kit/faulty_kv.ts";
import { testRelay } from "../../kit/relay.ts";
import { MINUTE, SECOND } from "../../../relay/base/duration.ts";

Deno.test("after whichever commit the relay ends while a fallback takes over, the ledger adds up and nobody is forgotten", async () => {
  for (let last = 1, ended = true; ended; last++) {
    const clock = new TestClock();
    await using dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
    await using sink = await startSink();
    const yaml = `
groups:
  - owner: default
    level: default
    destinations:
      - { name: robot, channel: dingtalk_robot, config: { token: GONE, base: "${dingtalk.url}" }, fallback: hook }
      - { name: hook, channel: webhook, config: { url: "${sink.url}" } }`;
    using kv = await Deno.openKv(":memory:");
    const ending = endingKv(kv, last);
    const accepted: string[] = [];
    {
      await using house = await testRelay({ clock, kv: ending.kv, yaml, sendTimeout: 2_000 });
      for (const instance of ["a", "b", "c"]) {
        const response = await house.post({ labels: { instance } });
        await response.body?.cancel();
        if (response.status === 200) accepted.push(instance);
      }
      // One that cannot write waits for the database, and does not settle.
      await Promise.race([house.settle(), ending.end]);
    }
    await using house = await testRelay({ clock, kv, yaml, sendTimeout: 2_000 });
    for (let minute = 0; minute < 3; minute++) await house.advance(MINUTE);
    const heard = new Set(
      sink.bodies.flatMap((body) =>
        (body as { data: { alerts: { labels: Record<string, string> }[] } }).data.alerts
          .map(({ labels }) => labels.instance)
      ),
    );
    for (const instance of accepted) ok(heard.has(instance), `${instance} after commit ${last}`);
    const { body } = await api(house, "GET", "ledger?from=1h&verify=1");
    equal([body.addsUp, body.verified.agrees], [true, true], `after commit ${last}: ${JSON.stringify(body)}`);
    ended = ending.hasEnded;
    ok(ended || last > 5, `${last} commits`);
  }
});

/**
 * A database whose listings are as old as the vendor is slow: deliveries that were settled meanwhile are still in
 * them.
 */
function slowLists(kv: Deno.Kv): Deno.Kv {
  return new Proxy(kv, {
    get(target, name): unknown {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      if (name !== "list") return value.bind(target);
      return (...args: Parameters<Deno.Kv["list"]>) => {
        const list = target.list(...args);
        return {
          get cursor(): string {
            return list.cursor;
          },
          async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
            const entries = await Array.fromAsync(list);
            for (const [index, entry] of entries.entries()) {
              if (index % 20 === 19) await new Promise((resolve) => setTimeout(resolve, 2));
              yield entry;
            }
          },
        };
      };
    },
  });
}

Deno.test("what is settled while the queue is read is not sent again", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
  await using sink = await startSink();
  using kv = await Deno.openKv(":memory:");
  await using house = await testRelay({
    clock,
    kv: slowLists(kv),
    sendTimeout: 2_000,
    yaml: `
groups:
  - owner: default
    level: default
    destinations:
      - { name: robot, channel: dingtalk_robot, config: { token: GONE, base: "${dingtalk.url}" }, fallback: hook }
      - { name: hook, channel: webhook, config: { url: "${sink.url}" } }`,
  });
  for (let index = 0; index < 150; index++) {
    await house.accept({ labels: { instance: `db-${index}` } });
    if (index % 30 === 0) await house.advance(SECOND);
  }
  for (let second = 0; second < 10; second++) await house.advance(SECOND);
  const heard = sink.bodies.flatMap((body) =>
    (body as { data: { alerts: { labels: Record<string, string> }[] } }).data.alerts
      .map(({ labels }) => labels.instance).filter((instance) => instance?.startsWith("db-"))
  );
  equal([heard.length, new Set(heard).size], [150, 150]);
});
