/** A lane that another instance takes while this one works on it: this one writes nothing more, and ends. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { discover } from "../../../channels/mod.ts";
import { type Channel, delivered, type Message, retryAlone, type Verdict } from "../../../relay/channel.ts";
import { encode } from "../../../relay/codec.ts";
import type { ChannelRegistry } from "../../../relay/registry.ts";
import { laneKey, queueKey } from "../../../relay/store/keys.ts";
import { TestClock } from "../../kit/clock.ts";
import { testRelay } from "../../kit/relay.ts";

const HOUR = 60 * 60_000;

/** The channels, of which `webhook` sends nothing and answers so. */
async function answering(answer: (message: Message) => Verdict): Promise<ChannelRegistry> {
  const channels = await discover();
  const { request: _request, verdict: _verdict, ...webhook } = channels.get("webhook")!;
  const answered: Channel = { ...webhook, send: (_config, message) => Promise.resolve(answer(message)) };
  return {
    get: (name) => name === "webhook" ? answered : channels.get(name),
    broken: channels.broken,
    names: () => channels.names(),
    load: (names) => channels.load(names),
  };
}

Deno.test("a lane that is lost while it gives up what is overtaken ends its work, and leaves the queue as it is", async () => {
  const clock = new TestClock();
  using kv = await Deno.openKv(":memory:");
  let isOver = false;
  let looks = 0;
  let lost: Promise<unknown> | undefined;
  const sent: string[] = [];
  const watched = new Proxy(kv, {
    get(target, name): unknown {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      if (name !== "list") return value.bind(target);
      return async function* (...args: Parameters<Deno.Kv["list"]>): AsyncGenerator<unknown> {
        const entries = await Array.fromAsync(target.list(...args));
        const [room, lane] = entries[0]?.key ?? [];
        if (room === queueKey("")[0] && isOver) {
          if (++looks > 10) throw new Error("the queue is read again and again");
          const other = { failures: 0, owner: "another instance", until: clock.now() + HOUR, token: "t" };
          await (lost ??= target.set(laneKey(lane as string), encode(other)));
        }
        yield* entries;
      };
    },
  });
  await using house = await testRelay({
    clock,
    kv: watched,
    exclusive: false,
    channels: await answering(({ id, status }) => {
      sent.push(`${id} ${status}`);
      return status === "firing"
        ? retryAlone("one is busy", { reached: ["a"], left: ["b"], waitMs: HOUR })
        : delivered();
    }),
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: webhook, config: { url: "http://127.0.0.1:1/" } }]`,
  });
  await (await house.post({})).body?.cancel();
  await house.settle();
  equal(sent.length, 1);
  isOver = true;
  await (await house.post({ status: "resolved" })).body?.cancel();
  await house.settle();
  ok(lost, "the lane was lost in between");
  equal([looks <= 10, sent.length, house.reports], [true, 1, []]);
});
