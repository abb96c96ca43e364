import { deepStrictEqual as equal } from "node:assert/strict";
import { ChannelFaults } from "../../../relay/channel/channel_faults.ts";
import { defineChannel, delivered, z } from "../../../relay/channel.ts";
import { TestClock } from "../../kit/clock.ts";
import { testRelay } from "../../kit/relay.ts";

Deno.test("only those are called whose turn it is, and the group's members stay as they are", async () => {
  const called: string[][] = [];
  const pager = defineChannel({
    name: "pager",
    title: "Pager",
    config: z.object({}),
    send: (_config, { recipients }) => {
      called.push(recipients.map(({ id }) => id));
      return Promise.resolve(delivered("ok"));
    },
    sample: {},
  });
  const yaml = `
members: [{ id: li }, { id: han }, { id: mei }]
groups:
  - owner: default
    level: default
    members: [li, han, mei]
    oncall: { rotation: [li, [han, mei]], start: 2026-11-16, every: 1d }
    timezone: UTC
    destinations: [{ channel: pager }]`;
  await using house = await testRelay({
    yaml,
    channels: {
      get: (name) => name === "pager" ? pager : undefined,
      names: () => ["pager"],
      faults: new ChannelFaults(),
      broken: new Map(),
      load: () => Promise.resolve(),
    },
    clock: new TestClock(Date.parse("2026-11-17T08:59:00Z")),
  });
  for (const instance of ["a", "b"]) {
    await house.fire({ labels: { instance } });
    await house.advance(60_000);
  }
  equal(called, [["li"], ["han", "mei"]]);
  equal(house.relay.config.groups.get("default/default")!.members.map(({ id }) => id), ["li", "han", "mei"]);
});
