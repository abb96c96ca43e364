/** When another instance takes the lane, the previous holder stops and writes nothing more. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { delivered, retryAlone } from "../../../relay/channel.ts";
import { encode } from "../../../relay/base/codec.ts";
import { laneKey } from "../../../relay/store/keys.ts";
import { withChannel } from "../../kit/channels.ts";
import { TestClock } from "../../kit/clock.ts";
import { faultyKv } from "../../kit/faulty_kv.ts";
import { testRelay } from "../../kit/relay.ts";
import { HOUR } from "../../../relay/base/duration.ts";

Deno.test("a lane that is lost while it gives up an overtaken delivery ends its work", async () => {
  const clock = new TestClock();
  using kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  const sent: string[] = [];
  await using house = await testRelay({
    clock,
    kv: faulty.kv,
    exclusive: false,
    channels: await withChannel("webhook", ({ request: _request, verdict: _verdict, ...usual }) => ({
      ...usual,
      send: (_config, { status }) => {
        sent.push(status);
        return Promise.resolve(
          status === "firing"
            ? retryAlone("one is busy", { reached: ["a"], left: ["b"], waitMs: HOUR })
            : delivered(),
        );
      },
    })),
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: webhook, config: { url: "http://127.0.0.1:1/" } }]`,
  });
  await house.fire({ status: "firing" });
  const other = encode({ failures: 0, owner: "another instance", until: clock.now() + HOUR, token: "t" });
  let looks = 0;
  faulty.onList = async ([first]) => {
    const [room, lane] = first?.key ?? [];
    if (room !== "queue") return;
    if (looks++ === 0) await kv.set(laneKey(lane as string), other);
    if (looks > 10) throw new Error("the queue is read again and again");
  };
  await house.fire({ status: "resolved" });
  ok(looks > 0 && looks <= 10, `${looks} looks at the queue`);
  equal([sent, house.reports], [["firing"], []]);
});
